from __future__ import annotations

import pytest
from msgspec import structs

from core.errors import TunesmithError
from core.fit.cards import known_card
from core.fit.describe import place_name
from core.fit.machine import card_of, plan_for
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


@pytest.mark.parametrize("name", ["2x RTX 3090", "2 × RTX 3090", "2x3090", "2 x NVIDIA GeForce RTX 3090"])
def test_two_of_a_card_have_the_memory_of_both_less_a_reserve_on_each(name, rtx_3090):
    two = plan_for(a_machine(), name)
    assert (two.gpu, two.gpu_count, two.simulated) == ("2 × RTX 3090", 2, True)
    assert two.memory_total_bytes == 2 * rtx_3090.memory_total_bytes
    assert two.memory_usable_bytes == pytest.approx(2 * rtx_3090.memory_usable_bytes, abs=2)
    assert card_of(two) is known_card("RTX 3090")
    assert place_name(two) == "2 × RTX 3090"


def test_another_size_is_that_of_each_card():
    assert plan_for(a_machine(), "2x RTX 3090", 12).memory_total_bytes == 24 * GIB


@pytest.mark.parametrize("name", ["0x RTX 3090", "9x RTX 3090", "999x RTX 3090"])
def test_a_number_of_cards_that_is_not_counted_is_refused(name):
    with pytest.raises(TunesmithError) as caught:
        plan_for(a_machine(), name)
    assert caught.value.code == "fit.bad_count"


def test_a_planned_card_carries_its_power_and_its_bus(rtx_3090, no_card):
    assert (rtx_3090.power_limit_w, round(rtx_3090.pcie_gb_s, 1)) == (350.0, 31.5)
    assert (no_card.power_limit_w, no_card.pcie_gb_s) == (None, None)


def test_a_real_cards_own_limits_win_over_the_tables():
    limited = structs.replace(a_card(), power_limit_w=220.0, pcie_generation_max=3, pcie_lanes_max=8)
    found = plan_for(a_machine(gpus=[limited]))
    assert (found.power_limit_w, round(found.pcie_gb_s, 1)) == (220.0, 7.9)
    silent = plan_for(a_machine(gpus=[a_card()]))
    assert (silent.power_limit_w, round(silent.pcie_gb_s, 1)) == (350.0, 31.5)
    unknown = plan_for(a_machine(gpus=[a_card("NVIDIA Something New")]))
    assert (unknown.power_limit_w, unknown.pcie_gb_s, card_of(unknown)) == (None, None, None)


def test_a_real_card_that_is_sold_with_two_sizes_is_told_by_its_memory():
    small = structs.replace(a_card("NVIDIA GeForce RTX 3060"), memory_total_bytes=8 * GIB, memory_free_bytes=7 * GIB)
    assert card_of(plan_for(a_machine(gpus=[small]))).bandwidth_gb_s == 240
    large = structs.replace(small, memory_total_bytes=12 * GIB)
    assert card_of(plan_for(a_machine(gpus=[large]))).bandwidth_gb_s == 360
