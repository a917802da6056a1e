from __future__ import annotations

import pytest

from core.fit.cards import cards
from core.hardware.capability import abilities_of, in_words
from core.hardware.pcie import pcie_bytes_per_s

EVERYTHING = {"tensor_cores", "int8_tensor_cores", "bf16", "fp8_tensor_cores", "cuda_13"}


@pytest.mark.parametrize(
    ("capability", "name", "architecture", "has"),
    [
        ((6, 1), "GTX 1080 Ti", "Pascal", set()),
        ((7, 0), "V100", "Volta", {"tensor_cores"}),
        ((7, 5), "GTX 1660 Ti", "Turing", {"cuda_13"}),
        ((7, 5), "T4", "Turing", {"tensor_cores", "int8_tensor_cores", "cuda_13"}),
        ((8, 6), "RTX 3090", "Ampere", {"tensor_cores", "int8_tensor_cores", "bf16", "cuda_13"}),
        (
            (8, 9),
            "RTX 4090",
            "Ada Lovelace",
            {"tensor_cores", "int8_tensor_cores", "bf16", "fp8_tensor_cores", "cuda_13"},
        ),
        (
            (12, 0),
            "RTX 5090",
            "Blackwell",
            {"tensor_cores", "int8_tensor_cores", "bf16", "fp8_tensor_cores", "cuda_13"},
        ),
    ],
)
def test_what_a_card_can_do_follows_from_its_capability(capability, name, architecture, has):
    found = abilities_of(capability, name)
    assert found.architecture == architecture
    assert {flag for flag in EVERYTHING if getattr(found, flag)} == has


def test_the_table_of_cards_and_the_capabilities_agree_on_int8():
    for card in cards():
        assert abilities_of(card.compute_capability, card.name).int8_tensor_cores == (card.tops_int8 is not None)


def test_what_is_missing_is_said_with_what_follows():
    old = dict(in_words(abilities_of((6, 1))))
    assert "fp16" in old["No bf16"]
    assert "CUDA 12" in old["Too old for CUDA 13"]
    new = dict(in_words(abilities_of((9, 0))))
    assert set(new) == {"Tensor cores", "bf16", "int8", "fp8"}


def test_a_link_carries_what_its_generation_and_lanes_give():
    assert pcie_bytes_per_s(4, 16) == pytest.approx(31.5e9, rel=0.01)
    assert pcie_bytes_per_s(3, 8) == pytest.approx(7.88e9, rel=0.01)
    assert pcie_bytes_per_s(99, 1) == pcie_bytes_per_s(6, 1)
