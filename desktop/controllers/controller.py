"""The base class of every controller."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from PySide6.QtCore import QObject, Signal

from core.errors import TunesmithError
from core.events import Progress
from desktop.background import run_in_background
from desktop.intents import Intent
from desktop.state import AppState, Step, Store

Result = TypeVar("Result")


class Controller(QObject):
    """Answers some intents.

    Attributes:
        step: the page in whose banner its errors appear.
        store: the state and its owner.

    Signals:
        intent(Intent): something another controller is to do.
    """

    intent = Signal(object)
    step: ClassVar[Step]

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.store = store
        store.changed.connect(self._on_changed)

    def handlers(self) -> dict[type[Intent], Callable[[Any], None]]:
        """Which method answers which intent."""
        return {}

    def start(self) -> None:
        """Called once, after the window's first paint."""

    def stop(self) -> None:
        """Called once, when the window closes: end timers and attached workers, wait for nothing long."""

    def react(self, state: AppState, before: AppState) -> None:
        """Called after every change of the state; compare fields with `is` and do little."""

    def background(
        self,
        function: Callable[[], Result],
        on_success: Callable[[Result], None],
        *,
        key: str = "",
        busy: str = "",
        on_failure: Callable[[TunesmithError], None] | None = None,
        step: Step | None = None,
    ) -> None:
        """Run `function` off the UI thread and hand its result to `on_success` on it.

        Args:
            function: must not touch Qt; may raise.
            key: a later call with the same key makes this one's outcome be dropped.
            busy: words for the page's progress line, which appears after 0.6 s.
            on_failure: what to do with a `TunesmithError` instead of showing it in the banner of page `step`.
        """
        place = step or self.step

        def show_busy(on: bool) -> None:
            self.store.set_busy(place, Progress(phase="working", text=busy) if on else None)

        run_in_background(
            self,
            function,
            on_success,
            on_failure or (lambda error: self.store.set_error(place, error)),
            on_busy=show_busy if busy else None,
            key=key,
        )

    def _on_changed(self, state: AppState, before: AppState) -> None:
        self.react(state, before)
