"""The Hardware page tells what there is, who holds it, and what is only simulated."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.fit.machine import plan_for
from core.hardware.machine import GIB
from desktop.controllers.machine import MachineController
from desktop.dispatch import Dispatcher
from desktop.intents import GoTo, Intent, TryCard
from desktop.pages.hardware import HardwarePage
from desktop.state import AppState, Store
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
        ("gnome-shell (1822)", "600 MiB"),
        ("game (5000)", "the driver does not tell"),
    ]
    assert ("Now", "97% busy, 66 °C, 310 W") in page.facts.rows()


def test_the_bar_follows_the_live_sample(page: HardwarePage) -> None:
    machine = computer(rtx_3090())
    page.show_state(AppState(machine=machine, live=moment(gpu_used_bytes=9 * GIB)))
    assert page.bar.values is not None
    assert page.bar.values.held_bytes == 9 * GIB
    assert page.bar.values.free_bytes == 15 * GIB


def test_without_a_card_it_says_what_that_means(page: HardwarePage) -> None:
    page.show_state(AppState(machine=computer(), live=moment(gpu_used_bytes=None)))
    assert "No NVIDIA card found" in page.header.sentence.text()
    assert page.facts.rows() == [("Why", "No NVIDIA driver is installed.")]
    assert page.bar.values is not None
    assert page.bar.values.capacity_bytes == 32 * GIB
    assert page.holders_section.isHidden()


def test_a_card_that_is_tried_is_marked_as_simulated(page: HardwarePage, asked: list[Intent], qtbot: QtBot) -> None:
    machine = computer()
    state = AppState(machine=machine, cards=("RTX 4090", "RTX 3060"))
    page.show_state(state)
    page.combo.setFocus()
    page.combo.setCurrentIndex(1)
    page.combo.activated.emit(1)
    assert asked == [TryCard("RTX 4090")]
    tried = AppState(
        machine=machine, cards=state.cards, tried_card="RTX 4090", fit_machine=plan_for(machine, "RTX 4090")
    )
    page.show_state(tried)
    assert page.simulated.text().startswith("Simulated: RTX 4090 with 23.5 GiB to use")
    assert "simulated" in page.header.sentence.text()


def test_showing_a_state_sends_nothing(page: HardwarePage, asked: list[Intent]) -> None:
    page.show_state(AppState(machine=computer(rtx_3090()), cards=("RTX 4090",), tried_card="RTX 4090"))
    page.show_state(AppState(machine=computer(), cards=("RTX 4090", "RTX 3060")))
    assert asked == []


def test_the_primary_button_leads_to_what_is_missing(page: HardwarePage, asked: list[Intent], qtbot: QtBot) -> None:
    page.show_state(AppState(machine=computer()))
    qtbot.mouseClick(page.header.primary, Qt.MouseButton.LeftButton)
    assert asked == [GoTo("model")]


@pytest.fixture
def dispatcher(qtbot: QtBot) -> Iterator[Dispatcher]:
    made = Dispatcher(Store())
    made.start([MachineController])
    yield made
    made.stop()
    made.deleteLater()


def test_this_computer_is_probed_and_sampled(dispatcher: Dispatcher, qtbot: QtBot) -> None:
    store = dispatcher._store
    qtbot.waitUntil(lambda: store.state.machine is not None and len(store.state.moments) >= 2, timeout=10_000)
    qtbot.waitUntil(lambda: store.state.fit_machine is not None and "RTX 3090" in store.state.cards)
    assert store.state.live is store.state.moments[-1]
    dispatcher.dispatch(TryCard("RTX 3090"))
    qtbot.waitUntil(lambda: store.state.fit_machine is not None and store.state.fit_machine.simulated)
    dispatcher.dispatch(TryCard(None))
    qtbot.waitUntil(lambda: store.state.fit_machine is not None and not store.state.fit_machine.simulated)
