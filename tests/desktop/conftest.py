"""For every test of the window: dressed application, no unexpected words from Qt, nothing left behind.

A timer that still runs, a thread, work in the pool or a top-level widget that a test leaves fails it, by name.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QEvent, QMessageLogContext, QThreadPool, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.controllers import controller_classes
from desktop.controllers.controller import Controller
from desktop.controllers.navigation import NavigationController
from desktop.main_window import MainWindow
from desktop.state import AppState, Store
from desktop.style.theme import theme

EXPECTED = ("This plugin does not support",)
"""Beginnings of what the offscreen platform always says."""
QUIET = (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg)
PATIENCE_MS = 120_000
THREADS_END_S = 60.0


class PatientBot(QtBot):
    """pytest-qt's, but for its limit of five seconds: a slow or busy machine breaks no test that waits."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = PATIENCE_MS) -> None:
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(self, signal: Any, *, timeout: int = PATIENCE_MS, **others: Any) -> Any:
        return super().waitSignal(signal, timeout=timeout, **others)

    def waitExposed(self, widget: QWidget, *, timeout: int = PATIENCE_MS) -> Any:
        return super().waitExposed(widget, timeout=timeout)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    return PatientBot(request)


@pytest.fixture(autouse=True)
def no_words_from_qt(qapp: QApplication) -> Iterator[None]:
    said: list[str] = []

    def hear(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        if kind not in QUIET and not message.startswith(EXPECTED):
            said.append(message)

    before = qInstallMessageHandler(hear)
    yield
    qInstallMessageHandler(before)
    assert not said, f"Qt said: {said}"


@pytest.fixture(autouse=True)
def nothing_left(qapp: QApplication, no_words_from_qt: None) -> Iterator[None]:
    threads = set(threading.enumerate())
    yield
    assert QThreadPool.globalInstance().waitForDone(PATIENCE_MS), "Work in the thread pool did not end."
    for _ in range(2):
        qapp.processEvents()
        qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    late = [thread for thread in threading.enumerate() if thread not in threads and is_pythons(thread)]
    for thread in late:
        thread.join(THREADS_END_S)
    left = [f"thread {thread.name}" for thread in late if thread.is_alive()]
    left += [f"timer of {t.parent()!r}, every {t.interval()} ms" for t in running_timers()]
    left += [f"window {w!r} {w.windowTitle()!r}" for w in qapp.topLevelWidgets() if w.parent() is None]
    for widget in qapp.topLevelWidgets():
        widget.deleteLater()
    assert not left, "Left behind: " + "; ".join(left)


def is_pythons(thread: threading.Thread) -> bool:
    """Whether Python started it; Qt's pool keeps its own threads, which Python sees as dummies."""
    return not isinstance(thread, threading._DummyThread)


def running_timers() -> list[QTimer]:
    """Every running timer that Python made."""
    return [o for o in gc.get_objects() if isinstance(o, QTimer) and shiboken6.isValid(o) and o.isActive()]


@pytest.fixture(autouse=True)
def dressed(qapp: QApplication) -> None:
    theme().wear(qapp, dark=False)


@pytest.fixture
def store() -> Store:
    return Store(AppState(step="hardware"))


@pytest.fixture
def frame(qtbot: QtBot, store: Store) -> Iterator[MainWindow]:
    """The window with its pages and going between them, and no other controller."""
    yield from _opened(qtbot, store, [NavigationController])


@pytest.fixture
def window(qtbot: QtBot, store: Store) -> Iterator[MainWindow]:
    """The whole window with all its controllers."""
    yield from _opened(qtbot, store, controller_classes())


def _opened(qtbot: QtBot, store: Store, controllers: list[type[Controller]]) -> Iterator[MainWindow]:
    made = MainWindow(store)
    with qtbot.waitSignal(made.opened):
        made.show()
    made.dispatcher.start(controllers)
    yield made
    made.close()
    made.deleteLater()
