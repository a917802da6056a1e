from __future__ import annotations

import pytest

from core.errors import TunesmithError
from core.fit.cards import card_named, cards, context_bytes
from core.fit.machine import plan_for
from core.hardware.machine import GIB
from tests.core.fit.conftest import a_card, a_machine


def test_the_first_real_card_is_planned_for_less_what_others_hold_and_a_reserve():
    found = plan_for(a_machine(gpus=[a_card(), a_card("other")]))
    assert (found.gpu, found.is_gpu, found.simulated) == ("NVIDIA GeForce RTX 3090", True, False)
    assert found.held_bytes == 2 * GIB
    assert 21 * GIB < found.memory_usable_bytes < 22 * GIB


def test_a_card_that_is_not_here_can_be_planned_for(rtx_3090):
    assert (rtx_3090.gpu, rtx_3090.simulated, rtx_3090.held_bytes) == ("RTX 3090", True, 0)
    assert rtx_3090.memory_total_bytes == 24 * GIB
    assert plan_for(a_machine(), "rtx 3090", 12).memory_total_bytes == 12 * GIB
    assert plan_for(a_machine(gpus=[a_card()]), None, 12).simulated


def test_without_a_card_the_free_ram_is_planned_for(no_card):
    assert not no_card.is_gpu
    assert 0 < no_card.memory_usable_bytes < 12 * GIB


def test_an_unknown_card_and_an_impossible_size_are_refused():
    with pytest.raises(TunesmithError) as caught:
        plan_for(a_machine(), "RTX 3091")
    assert caught.value.code == "fit.unknown_card"
    assert "RTX 3090" in caught.value.remedy
    for size in (0, -1, 1e9, float("nan")):
        with pytest.raises(TunesmithError):
            plan_for(a_machine(), None, size)


@pytest.mark.parametrize(
    ("driver_says", "card"),
    [
        ("NVIDIA GeForce RTX 3090", "RTX 3090"),
        ("NVIDIA GeForce GTX 1080 Ti", "GTX 1080 Ti"),
        ("Tesla T4", "T4"),
        ("NVIDIA A100-SXM4-80GB", "A100 80GB"),
        ("NVIDIA H100 80GB HBM3", "H100"),
        ("NVIDIA L40S", "L40S"),
        ("NVIDIA GeForce RTX 4060 Ti", "RTX 4060 Ti 16GB"),
        ("NVIDIA L40", None),
        ("NVIDIA GeForce RTX 4090 Laptop GPU", None),
    ],
)
def test_the_drivers_name_finds_the_tables_card_and_no_other(driver_says, card):
    found = card_named(driver_says)
    assert (found and found.name) == card


def test_every_card_has_its_source_and_a_context():
    assert len(cards()) >= 13
    for card in cards():
        assert card.source
        assert context_bytes(card.compute_capability) > 100 * 2**20
        assert card_named(card.name) is card
