"""The table of cards: names as drivers and people write them, and figures that follow from their parts."""

from __future__ import annotations

import pytest

from core.fit.cards import KINDS, MIB, card_named, cards, context_bytes, counted, counted_name, known_card

# Dense 16-bit rates with fp32 accumulation as NVIDIA's whitepapers and data sheets print them.
PUBLISHED_TFLOPS = {
    "GTX 1080 Ti": 11.3,
    "RTX 2080 Ti": 53.8,
    "RTX 3070": 40.6,
    "RTX 3080": 59.5,
    "RTX 3090": 71.0,
    "RTX 4080": 97.5,
    "RTX 4090": 165.2,
    "RTX 5070 Ti": 87.9,
    "RTX 5080": 112.6,
    "RTX 5090": 209.5,
    "Titan RTX": 130.5,
    "RTX A4000": 76.7,
    "RTX A5000": 111.1,
    "RTX A6000": 154.8,
    "RTX 6000 Ada": 364.2,
    "T4": 65.0,
    "V100 16GB": 125.0,
    "A10": 125.0,
    "A10G": 70.0,
    "L4": 121.0,
    "L40S": 366.0,
    "A100 40GB": 312.0,
    "A100 80GB": 312.0,
    "H100 PCIe": 756.0,
    "H100 SXM": 989.0,
    "H200": 989.0,
    "B200": 2250.0,
}
PUBLISHED_TOPS = {"RTX 3090": 284, "RTX 4090": 660.6, "RTX 5090": 838, "T4": 130, "A100 40GB": 624, "H100 SXM": 1979}
# What one SM's tensor cores do in a clock with int8, by capability (the architecture whitepapers).
INT8_OPS_PER_SM_CLOCK = {(7, 5): 2048, (8, 0): 4096, (8, 6): 2048, (8, 9): 2048, (9, 0): 8192, (12, 0): 2048}
OPS_PER_SM_CLOCK = {
    (6, 1): {256},
    (7, 0): {1024},
    (7, 5): {128, 512, 1024},
    (8, 0): {2048},
    (8, 6): {512, 1024},
    (8, 9): {512, 1024},
    (9, 0): {4096},
    (12, 0): {512, 1024},
}


@pytest.mark.parametrize(
    ("driver_says", "card"),
    [
        ("NVIDIA GeForce RTX 3090", "RTX 3090"),
        ("NVIDIA GeForce GTX 1080 Ti", "GTX 1080 Ti"),
        ("NVIDIA GeForce RTX 4060 Ti", "RTX 4060 Ti"),
        ("NVIDIA GeForce RTX 4070 Ti SUPER", "RTX 4070 Ti Super"),
        ("NVIDIA GeForce RTX 4090 Laptop GPU", "RTX 4090 Laptop"),
        ("NVIDIA TITAN RTX", "Titan RTX"),
        ("Tesla T4", "T4"),
        ("Tesla V100-SXM2-32GB", "V100 32GB"),
        ("NVIDIA A100-SXM4-80GB", "A100 80GB"),
        ("NVIDIA A100 80GB PCIe", "A100 80GB PCIe"),
        ("NVIDIA H100 80GB HBM3", "H100 SXM"),
        ("NVIDIA H100 PCIe", "H100 PCIe"),
        ("NVIDIA RTX 6000 Ada Generation", "RTX 6000 Ada"),
        ("NVIDIA RTX PRO 6000 Blackwell Workstation Edition", "RTX PRO 6000 Blackwell"),
        ("NVIDIA L40S", "L40S"),
        ("NVIDIA L40", None),
        ("NVIDIA GeForce RTX 3091", None),
        ("3090", "RTX 3090"),
        ("rtx4060ti 16 gb", "RTX 4060 Ti 16GB"),
        ("RTX 3060 12GB", "RTX 3060"),
        ("H100", "H100 SXM"),
        ("a100", "A100 40GB"),
    ],
)
def test_a_drivers_or_persons_name_finds_the_tables_card_and_no_other(driver_says, card):
    found = card_named(driver_says)
    assert (found and found.name) == card


@pytest.mark.parametrize(
    ("name", "count", "alone"),
    [("2x RTX 3090", 2, "RTX 3090"), ("2xA100 80GB", 2, "A100 80GB"), ("4 × L4", 4, "L4"), ("RTX 3090", 1, "RTX 3090")],
)
def test_how_many_of_a_card_is_read_from_its_name(name, count, alone):
    assert counted(name) == (count, alone)
    assert counted(counted_name(count, alone)) == (count, alone)
    assert known_card(name) is card_named(alone)


def test_the_table_goes_from_old_home_cards_to_data_centres():
    assert len(cards()) >= 50
    assert {card.kind for card in cards()} == set(KINDS)
    assert {"GTX 1080 Ti", "RTX 5090", "RTX 3080 Ti Laptop", "T4", "A10G", "L4", "H200"} <= {c.name for c in cards()}


def test_no_two_cards_share_a_name():
    names = [name for card in cards() for name in (card.name, *card.aliases)]
    assert len(names) == len(set(names))
    for card in cards():
        for name in (card.name, *card.aliases):
            assert card_named(name) is card
            assert card_named(f"NVIDIA {name}", card.memory_bytes) is card


def test_every_card_has_its_source_a_context_and_figures_of_a_card():
    for card in cards():
        assert card.source.startswith(("NVIDIA ", "Amazon EC2"))
        assert context_bytes(card.compute_capability) > 100 * MIB
        assert 3 <= card.pcie_generation <= 5
        assert card.pcie_lanes in (8, 16)
        assert 70 <= card.power_w <= 1000


def test_bandwidth_is_that_of_the_bus_and_its_data_rate():
    derived = [card for card in cards() if card.bus_bits and card.data_rate_gbps]
    assert len(derived) >= 75
    for card in derived:
        assert card.bandwidth_gb_s == pytest.approx(card.bus_bits / 8 * card.data_rate_gbps, rel=0.002), card.name


def test_the_16_bit_rate_is_that_of_the_sms_and_their_clock():
    derived = [card for card in cards() if card.sms]
    assert len(derived) >= 75
    for card in derived:
        assert card.ops_per_sm_clock in OPS_PER_SM_CLOCK[card.compute_capability], card.name
        rate = card.sms * card.ops_per_sm_clock * card.boost_mhz / 1e6
        assert card.tflops_16bit == pytest.approx(rate, rel=0.01), card.name


def test_the_int8_rate_is_that_of_the_sms_and_their_clock_where_there_are_tensor_cores_for_it():
    for card in cards():
        if card.name.startswith("GTX") or card.compute_capability < (7, 5):
            assert card.tops_int8 is None, card.name
        elif card.sms:
            rate = card.sms * INT8_OPS_PER_SM_CLOCK[card.compute_capability] * card.boost_mhz / 1e6
            assert card.tops_int8 == pytest.approx(rate, rel=0.01), card.name


def test_home_and_laptop_cards_accumulate_in_fp32_at_half_the_rate():
    for card in cards():
        if card.kind in ("home", "laptop") and card.compute_capability >= (7, 5) and card.name != "Titan RTX":
            assert card.ops_per_sm_clock in (128, 512), card.name


def test_rates_are_those_that_the_maker_printed():
    for name, published in PUBLISHED_TFLOPS.items():
        assert known_card(name).tflops_16bit == pytest.approx(published, rel=0.01), name
    for name, published in PUBLISHED_TOPS.items():
        assert known_card(name).tops_int8 == pytest.approx(published, rel=0.01), name
