"""Work off the UI thread: its outcome arrives on it, to the right place, or nowhere."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import QObject, QThread
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.errors import Cancelled, TunesmithError
from desktop import background, bug_report
from desktop.background import run_in_background

PATIENCE_S = 120.0


@pytest.fixture
def parent(qapp: QApplication) -> QObject:
    return QObject()


def test_the_result_arrives_on_the_ui_thread(parent: QObject, qtbot: QtBot) -> None:
    got: list[tuple[object, bool]] = []
    worked_in: list[bool] = []

    def work() -> int:
        worked_in.append(threading.current_thread() is threading.main_thread())
        return 42

    run_in_background(parent, work, lambda r: got.append((r, QThread.isMainThread())), lambda e: None)
    qtbot.waitUntil(lambda: bool(got))
    assert got == [(42, True)]
    assert worked_in == [False]


def test_an_error_for_the_person_goes_to_the_failure_callback(parent: QObject, qtbot: QtBot) -> None:
    error = TunesmithError("data.empty", what="The file is empty.", why="No rows.", remedy="Choose another.")

    def work() -> None:
        raise error

    got: list[TunesmithError] = []
    run_in_background(parent, work, lambda r: None, got.append)
    qtbot.waitUntil(lambda: bool(got))
    assert got == [error]


def test_nothing_arrives_when_the_parent_is_gone(qtbot: QtBot) -> None:
    owner, other = QObject(), QObject()
    go, got = threading.Event(), []
    run_in_background(owner, lambda: go.wait(PATIENCE_S), lambda r: got.append("owner"), lambda e: None)
    with qtbot.waitSignal(owner.destroyed):
        owner.deleteLater()
    go.set()
    run_in_background(other, lambda: None, lambda r: got.append("other"), lambda e: None)
    qtbot.waitUntil(lambda: "other" in got)
    assert "owner" not in got


def test_a_newer_call_with_the_same_key_replaces_the_older(parent: QObject, qtbot: QtBot) -> None:
    go, got = threading.Event(), []
    run_in_background(parent, lambda: go.wait(PATIENCE_S), lambda r: got.append("old"), lambda e: None, key="fit")
    run_in_background(parent, lambda: None, lambda r: got.append("new"), lambda e: None, key="fit")
    qtbot.waitUntil(lambda: got == ["new"])
    go.set()
    run_in_background(parent, lambda: None, lambda r: got.append("last"), lambda e: None)
    qtbot.waitUntil(lambda: "last" in got)
    assert "old" not in got


def test_busy_is_said_only_when_it_takes_long(parent: QObject, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "PATIENCE_MS", 20)
    go, said, done = threading.Event(), [], []
    run_in_background(
        parent, lambda: go.wait(PATIENCE_S), lambda r: done.append(1), lambda e: None, on_busy=said.append
    )
    qtbot.waitUntil(lambda: said == [True])
    go.set()
    qtbot.waitUntil(lambda: done == [1])
    assert said == [True, False]
    monkeypatch.setattr(background, "PATIENCE_MS", 600_000)
    run_in_background(parent, lambda: None, lambda r: done.append(2), lambda e: None, on_busy=said.append)
    qtbot.waitUntil(lambda: done == [1, 2])
    assert True not in said[2:]


def test_a_change_of_mind_shows_nothing_and_a_bug_opens_a_report(
    parent: QObject, qtbot: QtBot, qapp: QApplication
) -> None:
    def cancelled() -> None:
        raise Cancelled

    def broken() -> None:
        raise KeyError("a bug")

    run_in_background(parent, cancelled, lambda r: None, lambda e: None)
    run_in_background(parent, broken, lambda r: None, lambda e: None)
    qtbot.waitUntil(lambda: bool(bug_report._open))
    dialog = bug_report._open[0]
    assert dialog.isVisible()
    assert "KeyError: 'a bug'" in bug_report.report_text(KeyError("a bug"))
    dialog.close()
    dialog.deleteLater()
    assert not bug_report._open
