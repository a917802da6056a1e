"""The one way off the UI thread: a parent, what to do with success, what to do with failure.

The outcome arrives on the UI thread, and only if the parent still lives. `Cancelled` shows nothing; an error that is
not a `TunesmithError` is a bug and opens a report that can be copied.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import shiboken6
from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, QTimer, Signal

from core.errors import Cancelled, TunesmithError
from desktop.bug_report import report_bug

Result = TypeVar("Result")

PATIENCE_MS = 600
"""How long work may take before anything says so."""

_tickets = itertools.count(1)


@dataclass(frozen=True)
class _Task:
    """One call: who asked, what is run, what happens then. `key` and `ticket` tell whether a newer call replaced it."""

    parent: QObject
    function: Callable[[], Any]
    on_success: Callable[[Any], None]
    on_failure: Callable[[TunesmithError], None]
    on_busy: Callable[[bool], None] | None
    patience: QTimer | None
    key: str
    ticket: int

    def is_wanted(self) -> bool:
        """Whether the parent lives and no newer call has the same key."""
        if not shiboken6.isValid(self.parent):
            return False
        return not self.key or self.parent.property(_property(self.key)) == self.ticket


class _Courier(QObject):
    """Carries outcomes from worker threads to the UI thread, where it lives."""

    arrived = Signal(object, object, object)

    def __init__(self) -> None:
        super().__init__()
        self.arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def _deliver(self, task: _Task, result: Any, error: Exception | None) -> None:
        if task.patience is not None and shiboken6.isValid(task.patience):
            task.patience.stop()
            task.patience.deleteLater()
        if not task.is_wanted():
            return
        if task.on_busy is not None:
            task.on_busy(False)
        if error is None:
            task.on_success(result)
        elif isinstance(error, TunesmithError):
            task.on_failure(error)
        elif not isinstance(error, Cancelled):
            report_bug(error)


class _Work(QRunnable):
    def __init__(self, task: _Task, courier: _Courier) -> None:
        super().__init__()
        self._task = task
        self._courier = courier

    def run(self) -> None:
        """Runs in a thread of the pool. Once the application is gone, there is nobody to tell."""
        result, error = None, None
        try:
            result = self._task.function()
        except Exception as raised:  # noqa: BLE001 - it is handed to the UI thread, which shows it
            error = raised
        if shiboken6.isValid(self._courier):
            self._courier.arrived.emit(self._task, result, error)


_courier: _Courier | None = None


def run_in_background(
    parent: QObject,
    function: Callable[[], Result],
    on_success: Callable[[Result], None],
    on_failure: Callable[[TunesmithError], None],
    *,
    on_busy: Callable[[bool], None] | None = None,
    key: str = "",
) -> None:
    """Run `function` in a thread; called on the UI thread, as are all the callbacks.

    Args:
        parent: whose work it is; if it is gone when the outcome arrives, the outcome is dropped.
        function: must not touch Qt objects.
        on_busy: called with True once the work has taken 0.6 s, and with False when it ends.
        key: a later call of the same parent with the same key makes this one's outcome be dropped.
    """
    global _courier
    if _courier is None or not shiboken6.isValid(_courier):
        _courier = _Courier()
    ticket = next(_tickets)
    if key:
        parent.setProperty(_property(key), ticket)

    def say_busy() -> None:
        if on_busy is not None and task.is_wanted():
            on_busy(True)

    patience = _patience(parent, say_busy) if on_busy else None
    task = _Task(parent, function, on_success, on_failure, on_busy, patience, key, ticket)
    QThreadPool.globalInstance().start(_Work(task, _courier))


def _patience(parent: QObject, say_busy: Callable[[], None]) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.timeout.connect(say_busy)
    timer.start(PATIENCE_MS)
    return timer


def _property(key: str) -> str:
    return f"background_{key}"
