"""The window: going to pages, keys, the rail's signs, and what closing means."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from core.errors import TunesmithError
from core.job import DatasetRef
from desktop import intents
from desktop.closing_notice import ClosingNotice, closing_words
from desktop.controllers import controller_classes
from desktop.intents import Intent
from desktop.main_window import MainWindow
from desktop.pages import PAGES
from desktop.preferences import Preferences, load_preferences, preferences_of, save_preferences
from desktop.state import STEPS, ActiveRun, AppState, Store
from desktop.widgets.rail import sign_of


def test_every_intent_is_answered_by_exactly_one_controller(store: Store) -> None:
    kinds = {kind for kind in vars(intents).values() if isinstance(kind, type) and issubclass(kind, Intent)} - {Intent}
    answered = [kind for made in controller_classes() for kind in made(store, store).handlers()]
    assert len(kinds) > 20
    assert sorted(kind.__name__ for kind in answered) == sorted(kind.__name__ for kind in kinds)


@pytest.mark.parametrize("number", range(1, 7))
def test_control_and_a_number_go_to_a_page(frame: MainWindow, qtbot: QtBot, number: int) -> None:
    key = Qt.Key(Qt.Key.Key_0 + number)
    qtbot.keyClick(frame, key, Qt.KeyboardModifier.ControlModifier)
    step = STEPS[number - 1]
    qtbot.waitUntil(lambda: frame.store.state.step == step)
    assert frame.stack.currentWidget() is frame.page(step)
    assert frame.rail.buttons[step].isChecked()
    assert frame.page(step).header.title.text() == PAGES[number - 1].title


def test_control_enter_presses_the_primary_button(frame: MainWindow, qtbot: QtBot) -> None:
    frame.store.update(model=None)
    wanted = frame.page("hardware")._primary
    assert wanted is not None
    assert isinstance(wanted.intent, intents.GoTo)
    qtbot.keyClick(frame, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: frame.store.state.step == wanted.intent.step)


@pytest.mark.parametrize("step", STEPS)
def test_nothing_scrolls_sideways_in_the_smallest_window(frame: MainWindow, qtbot: QtBot, step: str) -> None:
    frame.resize(1100, 700)
    frame.store.update(step=step)
    assert (frame.width(), frame.height()) == (1100, 700)
    assert frame.minimumSizeHint().width() <= 1100
    assert frame.page(step).minimumSizeHint().width() <= 900


@pytest.mark.parametrize("step", STEPS)
def test_every_control_has_an_accessible_name(frame: MainWindow, step: str) -> None:
    frame.store.update(step=step)
    page = frame.page(step)
    widgets = [w for w in page.findChildren(QWidget) if not isinstance(w.parent(), QLineEdit | QAbstractSpinBox)]
    controls = [w for w in widgets if isinstance(w, QAbstractButton | QLineEdit | QComboBox | QAbstractItemView)]
    assert controls
    nameless = [w for w in controls if w.isVisible() and not _name(w)]
    assert [f"{w!r} in {w.parent()!r}" for w in nameless] == []


def _name(widget: QWidget) -> str:
    return widget.accessibleName() or (widget.text() if isinstance(widget, QAbstractButton) else "")


def test_an_error_appears_in_its_page_and_can_be_closed_and_copied(frame: MainWindow, qtbot: QtBot) -> None:
    error = TunesmithError("data.empty", what="It is empty.", why="No rows.", remedy="Choose another.", where="a.csv")
    frame.store.update(step="hardware")
    frame.store.set_error("hardware", error)
    banner = frame.page("hardware").banner
    assert banner.isVisible()
    qtbot.mouseClick(banner._copy, Qt.MouseButton.LeftButton)
    assert "code: data.empty" in QApplication.clipboard().text()
    assert "where: a.csv" in QApplication.clipboard().text()
    assert frame.rail.buttons["hardware"].sign.sign == "error"
    qtbot.mouseClick(banner._close, Qt.MouseButton.LeftButton)
    assert not banner.isVisible()


def test_a_run_at_work_is_a_ring_in_the_rail_and_words_in_the_status_line(frame: MainWindow) -> None:
    frame.store.update(active=ActiveRun("run-1", "running", step=30, steps_total=120, left_s=90.0))
    assert frame.rail.buttons["train"].sign.share == 0.25
    assert frame.rail.buttons["train"].accessibleName() == "Train, 25% done"
    assert frame.status.job.text() == "Training run-1, step 30 of 120, 1 min 30 s left"


def test_the_whole_window_gets_to_know_computer_and_model_by_itself(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: window.store.state.machine is not None and window.store.state.model is not None)
    assert window.rail.buttons["hardware"].sign.sign == "done"
    assert window.rail.buttons["model"].sign.sign == "done"


def test_the_rail_says_what_needs_the_person() -> None:
    assert sign_of("model", AppState()).sign == "needs"
    assert sign_of("data", AppState()).words == "choose a file"
    assert sign_of("train", AppState()).sign == ""


def test_the_window_remembers_where_it_was_and_what_was_chosen(frame: MainWindow, tmp_path: Path) -> None:
    data = tmp_path / "talks.jsonl"
    data.write_text("{}")
    state = AppState(step="runs", dataset_ref=DatasetRef(source="file", path=str(data)))
    save_preferences(preferences_of(state, frame.place()))
    loaded = load_preferences()
    assert base64.b64decode(loaded.geometry)
    assert loaded.first_state().step == "runs"
    assert loaded.first_state().dataset_ref.path == str(data)
    data.unlink()
    assert loaded.first_state().dataset_ref.source == "sample"


def test_damaged_preferences_are_forgotten(home: Path) -> None:
    save_preferences(Preferences(step="chat"))
    (home / "config" / "window.json").write_text("{]")
    assert load_preferences() == Preferences()


def test_closing_during_a_run_says_that_it_goes_on(qtbot: QtBot) -> None:
    run = ActiveRun("run-1", "running")
    title, text = closing_words(run)
    assert title == "Training goes on"
    assert "tunesmith runs show run-1" in text
    notice = ClosingNotice(run)
    qtbot.addWidget(notice)
    notice.appear()
    with qtbot.waitSignal(notice.gone):
        qtbot.mouseClick(notice, Qt.MouseButton.LeftButton)


def test_the_window_never_imports_torch() -> None:
    program = (
        "import sys, desktop.main_window, desktop.app; from desktop.pages import PAGES, page_class; "
        "from desktop.controllers import controller_classes; [page_class(p) for p in PAGES]; controller_classes(); "
        "print(sorted({'torch', 'transformers', 'datasets', 'peft', 'trl'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
