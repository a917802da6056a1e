"""The Hardware page tells what there is, who holds it, and what is only simulated."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from msgspec import structs
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from core.fit.cards import cards
from core.fit.machine import plan_for
from core.hardware.machine import GIB, GpuProcess, LiveSample, OtherCard
from desktop.controllers.machine import MachineController
from desktop.dispatch import Dispatcher
from desktop.intents import GoTo, Intent, TryCard
from desktop.pages.hardware import HardwarePage
from desktop.state import AppState, Store
from desktop.widgets.card_chooser import TITLES
from tests.core.hardware.nvml_stand_in import NvmlStandIn
from tests.desktop.machines import computer, moment, rtx_3090


@pytest.fixture
def page(qtbot: QtBot) -> HardwarePage:
    made = HardwarePage()
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show()
    return made


@pytest.fixture
def asked(page: HardwarePage) -> list[Intent]:
    heard: list[Intent] = []
    page.intent.connect(heard.append)
    return heard


def test_a_card_is_shown_with_what_holds_its_memory(page: HardwarePage) -> None:
    page.show_state(AppState(machine=computer(rtx_3090()), live=moment()))
    assert page.header.sentence.text() == "NVIDIA GeForce RTX 3090, 22.0 GiB of 24.0 GiB free."
    assert page.bar.values is not None
    assert page.bar.values.held_bytes == 2 * GIB
    assert page.holders.rows() == [
        ("firefox (4100)", "1.1 GiB"),
        ("gnome-shell (1822)", "600 MiB, the desktop's own"),
        ("game (5000)", "the driver does not tell"),
    ]
    assert page.gain.text() == "Close firefox to gain 1.1 GiB."
    assert page.desktop_held.isHidden()
    assert ("Now", "97% busy, 66 °C, fan 30%, 310 W") in page.facts.rows()
    facts = dict(page.facts.rows())
    assert facts["Power limit"] == "280 W, the maker's is 350 W"
    assert facts["PCIe"].startswith("generation 4 × 16 lanes")
    assert facts["Can compute"] == "Ampere, capability 8.6, with bf16 and int8"
    assert page.own_cards_section.isHidden()
    assert page.others_section.isHidden()


def test_the_memory_that_is_said_to_be_free_follows_the_live_sample(page: HardwarePage) -> None:
    page.show_state(AppState(machine=computer(rtx_3090()), live=moment(gpu_used_bytes=9 * GIB)))
    assert dict(page.facts.rows())["Memory"].startswith("24.0 GiB, 15.0 GiB free")


def test_swap_and_disk_are_shown(page: HardwarePage) -> None:
    page.show_state(AppState(machine=computer(rtx_3090())))
    facts = dict(page.computer.rows())
    assert facts["Swap"] == "8.0 GiB, 8.0 GiB free"
    assert facts["Disk"].startswith("931 GiB, 412 GiB free in /home/anna")


def test_several_cards_are_all_listed_and_the_one_that_is_trained_on_is_said(page: HardwarePage) -> None:
    second = structs.replace(rtx_3090(), index=1, name="NVIDIA GeForce RTX 4060")
    page.show_state(AppState(machine=computer(rtx_3090(), second)))
    assert not page.own_cards_section.isHidden()
    assert page.own_cards.rows() == [
        ("0: NVIDIA GeForce RTX 3090", "22.0 GiB of 24.0 GiB free, trained on"),
        ("1: NVIDIA GeForce RTX 4060", "22.0 GiB of 24.0 GiB free"),
    ]


def test_another_makers_card_is_named_with_what_works(page: HardwarePage) -> None:
    other = OtherCard(name="AMD Radeon RX 7900 XTX", vendor="AMD", note="Not trained on.", memory_bytes=24 * GIB)
    page.show_state(AppState(machine=structs.replace(computer(rtx_3090()), other_cards=[other])))
    assert page.others.text() == "AMD Radeon RX 7900 XTX, 24.0 GiB. Not trained on."
    assert not page.others_section.isHidden()
    assert page.desktop_held.text() == "Plug the screen into the AMD graphics to gain the desktop's 600 MiB too."


def test_no_words_are_squeezed_in_a_narrow_window(page: HardwarePage, qtbot: QtBot) -> None:
    note = "A long note that wraps into several lines where the window is narrow. " * 4
    other = OtherCard(name="AMD Radeon RX 7900 XTX", vendor="AMD", note=note)
    machine = structs.replace(computer(rtx_3090(), structs.replace(rtx_3090(), index=1)), other_cards=[other])
    page.resize(800, 560)
    page.show_state(AppState(machine=machine, live=moment(), cards=cards()))

    def nothing_cut() -> bool:
        shown = [part for part in page.findChildren(QLabel) if part.isVisible() and part.text()]
        return all(part.height() >= part.heightForWidth(part.width()) for part in shown)

    qtbot.waitUntil(nothing_cut)


def test_a_card_that_stops_answering_is_said_with_what_to_do(page: HardwarePage) -> None:
    gone = structs.replace(moment(gpu_used_bytes=None), gpu_lost=True)
    page.show_state(AppState(machine=computer(rtx_3090()), live=gone))
    assert "stopped answering" in page.header.sentence.text()
    assert "checkpoint" in page.header.sentence.text()


def test_many_holders_are_cut_short(page: HardwarePage) -> None:
    many = [GpuProcess(pid=n, name=f"p{n}", memory_bytes=n) for n in range(9, 0, -1)]
    page.show_state(AppState(machine=computer(structs.replace(rtx_3090(), processes=many))))
    assert page.holders.rows()[-1] == ("And", "3 more that hold less")


def test_the_bar_follows_the_live_sample(page: HardwarePage) -> None:
    machine = computer(rtx_3090())
    page.show_state(AppState(machine=machine, live=moment(gpu_used_bytes=9 * GIB)))
    assert page.bar.values is not None
    assert page.bar.values.held_bytes == 9 * GIB
    assert page.bar.values.free_bytes == 15 * GIB


def test_the_plot_is_drawn_every_second_sample(page: HardwarePage) -> None:
    moments: tuple[LiveSample, ...] = ()
    drawn = []
    for second in range(5):
        moments = (*moments, moment(time=float(second)))
        page.show_state(AppState(machine=computer(rtx_3090()), live=moments[-1], moments=moments))
        drawn.append(len(page.plot.points("card")[0]))
    assert drawn == [1, 1, 3, 3, 5]


def test_without_a_card_it_says_what_that_means(page: HardwarePage) -> None:
    page.show_state(AppState(machine=computer(), live=moment(gpu_used_bytes=None)))
    assert "No NVIDIA card found" in page.header.sentence.text()
    assert page.facts.rows() == [("Why", "No NVIDIA driver is installed.")]
    assert page.bar.values is not None
    assert page.bar.values.capacity_bytes == 32 * GIB
    assert page.holders_section.isHidden()


def test_a_card_that_is_tried_is_marked_as_simulated(page: HardwarePage, asked: list[Intent], qtbot: QtBot) -> None:
    machine = computer()
    page.show_state(AppState(machine=machine, cards=cards()))
    page.chooser.search.setText("4090")
    titles = [row.title for row in page.chooser.list.rows()]
    assert titles == ["For home computers", "RTX 4090", "In laptops", "RTX 4090 Laptop"]
    qtbot.keyClick(page.chooser.search, Qt.Key.Key_Return)
    assert asked == [TryCard("RTX 4090")]
    tried = AppState(machine=machine, cards=cards(), tried_card="RTX 4090", fit_machine=plan_for(machine, "RTX 4090"))
    page.show_state(tried)
    assert page.simulated.text().startswith("Simulated: RTX 4090 with 23.5 GiB to use")
    assert "simulated" in page.header.sentence.text()
    qtbot.mouseClick(page.chooser.own, Qt.MouseButton.LeftButton)
    assert asked[-1] == TryCard(None)


def test_two_of_a_card_can_be_tried(page: HardwarePage, asked: list[Intent]) -> None:
    machine = computer()
    page.show_state(AppState(machine=machine, cards=cards(), tried_card="RTX 3090"))
    assert page.chooser.list.current_key() == "RTX 3090"
    page.chooser.count.setCurrentIndex(1)
    page.chooser.count.activated.emit(1)
    assert asked == [TryCard("2 × RTX 3090")]
    both = plan_for(machine, "2 × RTX 3090")
    page.show_state(AppState(machine=machine, cards=cards(), tried_card="2 × RTX 3090", fit_machine=both))
    assert page.chooser.count.currentData() == 2
    assert page.chooser.list.current_key() == "RTX 3090"
    assert "47.0 GiB to use. Tunesmith trains on one card so far" in page.simulated.text()


def test_going_through_the_cards_by_keyboard_is_not_disturbed_by_the_next_sample(
    page: HardwarePage, qtbot: QtBot
) -> None:
    state = AppState(machine=computer(rtx_3090()), cards=cards())
    page.show_state(state)
    page.chooser.list.set_current("L4")
    page.show_state(replace(state, live=moment()))
    assert page.chooser.list.current_key() == "L4"


def test_every_card_of_the_table_is_listed_by_its_kind(page: HardwarePage) -> None:
    page.show_state(AppState(machine=computer(), cards=cards()))
    rows = page.chooser.list.rows()
    assert [row.title for row in rows if not row.key] == list(TITLES.values())
    assert {row.key for row in rows if row.key} == {card.name for card in cards()}


def test_showing_a_state_sends_nothing(page: HardwarePage, asked: list[Intent]) -> None:
    page.show_state(AppState(machine=computer(rtx_3090()), cards=cards(), tried_card="RTX 4090"))
    page.show_state(AppState(machine=computer(), cards=cards()[:3]))
    assert asked == []


def test_the_primary_button_leads_to_what_is_missing(page: HardwarePage, asked: list[Intent], qtbot: QtBot) -> None:
    page.show_state(AppState(machine=computer()))
    qtbot.mouseClick(page.header.primary, Qt.MouseButton.LeftButton)
    assert asked == [GoTo("model")]


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> NvmlStandIn:
    made = NvmlStandIn()
    monkeypatch.setitem(sys.modules, "pynvml", made)
    return made


@pytest.fixture
def dispatcher(qtbot: QtBot) -> Iterator[Dispatcher]:
    made = Dispatcher(Store())
    made.start([MachineController])
    yield made
    made.stop()
    made.deleteLater()


def test_this_computer_is_probed_and_sampled(dispatcher: Dispatcher, qtbot: QtBot) -> None:
    store = dispatcher._store
    qtbot.waitUntil(lambda: store.state.machine is not None and len(store.state.moments) >= 2)
    qtbot.waitUntil(lambda: store.state.fit_machine is not None and store.state.cards == cards())
    assert store.state.live is store.state.moments[-1]
    dispatcher.dispatch(TryCard("RTX 3090"))
    qtbot.waitUntil(lambda: store.state.fit_machine is not None and store.state.fit_machine.simulated)
    dispatcher.dispatch(TryCard(None))
    qtbot.waitUntil(lambda: store.state.fit_machine is not None and not store.state.fit_machine.simulated)


def test_the_first_card_that_answers_is_sampled_and_one_that_is_lost_is_looked_at_anew(
    driver: NvmlStandIn, dispatcher: Dispatcher, qtbot: QtBot
) -> None:
    store = dispatcher._store
    qtbot.waitUntil(lambda: store.state.machine is not None and store.state.live is not None)
    driver.lost = {0}
    qtbot.waitUntil(lambda: store.state.machine is not None and len(store.state.machine.gpus) == 1)
    qtbot.waitUntil(lambda: store.state.live is not None and store.state.live.gpu_used_bytes == 4 * GIB)
    assert store.state.machine is not None
    assert store.state.machine.gpus[0].index == 1
    assert store.state.live is not None
    assert not store.state.live.gpu_lost
