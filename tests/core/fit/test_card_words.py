from __future__ import annotations

from msgspec import structs

from core.fit.card_words import (
    card_facts,
    computer_facts,
    desktop_words,
    gain_words,
    holder_rows,
    moment_words,
    slowed_words,
)
from core.hardware.capability import abilities_of
from core.hardware.machine import GIB, Disk, GpuProcess, OtherCard
from tests.core.fit.conftest import a_card, a_machine


def holder(name: str, held: int | None, kind: str = "program") -> GpuProcess:
    return GpuProcess(pid=7, name=name, memory_bytes=held, kind=kind)


def test_only_what_the_driver_tells_is_said():
    silent = structs.replace(a_card(), driver=None, compute_capability=None)
    assert [fact.name for fact in card_facts(silent)] == ["Memory"]


def test_a_card_that_tells_everything_is_described_with_what_it_means():
    card = structs.replace(
        a_card(),
        abilities=abilities_of((8, 6)),
        memory_reserved_bytes=GIB // 2,
        pcie_generation=1,
        pcie_lanes=16,
        pcie_generation_max=4,
        pcie_lanes_max=16,
        power_limit_w=280.0,
        power_default_w=350.0,
    )
    facts = {fact.name: fact for fact in card_facts(card)}
    assert facts["Memory"].value == "24.0 GiB, 22.0 GiB free, 512 MiB kept by the driver"
    assert facts["Can compute"].value == "Ampere, capability 8.6, with bf16 and int8"
    assert "loss needs no scaling" in facts["Can compute"].tip
    assert facts["Driver"].value == "580, for CUDA up to 13.0"
    assert facts["PCIe"].value == "generation 4 × 16 lanes, 32 GB/s each way; now 1 × 16"
    assert facts["Power limit"].value == "280 W, the maker's is 350 W"


def test_closing_programs_says_what_is_gained_and_never_names_the_desktop():
    card = structs.replace(
        a_card(),
        processes=[holder("firefox", GIB), holder("gnome-shell", GIB, "desktop"), holder("game", None)],
        close_to_gain_bytes=GIB,
        desktop_bytes=GIB,
    )
    assert gain_words(card) == "Close firefox to gain 1.0 GiB."
    assert desktop_words(card, a_machine()) == ""
    other = OtherCard(name="Intel UHD", vendor="Intel", note="")
    assert desktop_words(card, a_machine(other_cards=[other])) == (
        "Plug the screen into the Intel graphics to gain the desktop's 1.0 GiB too."
    )
    assert holder_rows(card) == [
        ("firefox (7)", "1.0 GiB"),
        ("gnome-shell (7)", "1.0 GiB, the desktop's own"),
        ("game (7)", "the driver does not tell"),
    ]


def test_many_programs_are_not_all_named():
    card = structs.replace(a_card(), processes=[holder(name, 1) for name in "abcde"], close_to_gain_bytes=5)
    assert gain_words(card) == "Close a, b, c and 2 more to gain 5 B."


def test_a_card_that_nobody_holds_has_nothing_to_close():
    assert (gain_words(a_card()), desktop_words(a_card(), a_machine()), slowed_words(a_card())) == ("", "", "")
    assert holder_rows(a_card())[0][0] == "No program"
    assert holder_rows(structs.replace(a_card(), processes_told=False))[0][0] == "Not told"


def test_the_moment_is_said_of_what_is_known():
    assert moment_words(0.97, 66.0, 310.2, 0.4) == "97% busy, 66 °C, fan 40%, 310 W"
    assert moment_words(None, None, None) == ""
    assert slowed_words(structs.replace(a_card(), slowed_by=["heat", "its power limit"])) == (
        "Held down by heat and its power limit."
    )


def test_a_computer_tells_its_swap_and_its_disks():
    there = a_machine(
        swap_total_bytes=8 * GIB,
        swap_free_bytes=8 * GIB,
        cpu_threads=8,
        on_battery=True,
        disks=[
            Disk(path="/home", holds=["runs"], free_bytes=GIB, total_bytes=2 * GIB),
            Disk(path="/big", holds=["models"], free_bytes=GIB, total_bytes=2 * GIB),
        ],
    )
    facts = {fact.name: fact.value for fact in computer_facts(there, ram_available_bytes=3 * GIB)}
    assert facts["RAM"] == "16.0 GiB, 3.0 GiB free"
    assert facts["Swap"] == "8.0 GiB, 8.0 GiB free"
    assert facts["Processor"] == "a processor, 4 cores, 8 threads"
    assert facts["Disk of models"] == "2.0 GiB, 1.0 GiB free in /big"
    assert "Battery" in facts
    assert "Swap" not in {fact.name for fact in computer_facts(a_machine())}
