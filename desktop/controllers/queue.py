"""The queue: runs that wait for the one at work, added and ordered here, trained by a process of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject

from core.runs.run import Run
from core.sweeps.store import SweepStore
from core.tasks import queue
from desktop.controllers.controller import Controller
from desktop.controllers.training import job_of, plan_of
from desktop.intents import HoldQueue, Intent, LeaveQueue, MoveInQueue, QueueTraining
from desktop.state import AppState, Store


class QueueController(Controller):
    """Owns `state.queue`, `state.queue_held` and `state.queue_sweep`."""

    step = "runs"

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(store, parent)

    def handlers(self) -> dict[type[Intent], Callable[[Any], None]]:
        """Which method answers which intent."""
        return {QueueTraining: self.add, MoveInQueue: self.move, LeaveQueue: self.leave, HoldQueue: self.hold}

    def start(self) -> None:
        """After a restart of the computer, say, runs wait and nobody leads the queue."""
        self.background(queue.ensure_running, lambda _: self._read(), key="wake")

    def react(self, state: AppState, before: AppState) -> None:
        """A run or a sweep begins or ends: another one's turn may have come."""
        of_sweep = _sweep_state(state) != _sweep_state(before)
        if state.active is not before.active or len(state.runs) != len(before.runs) or of_sweep:
            self._read()

    def add(self, intent: QueueTraining) -> None:
        """A run of the chosen model, data and settings, at the end of the queue; it is selected on the Runs page."""
        state = self.store.state
        if state.model is None or state.settings is None:
            return
        job, plan = job_of(state), plan_of(state)

        def added(run: Run) -> None:
            self.store.update(selected_run=run.name, step=self.step)
            self._read()

        self.store.set_error("train", None)
        self.background(lambda: queue.add(job, plan), added, busy="Adding the run to the queue")

    def move(self, intent: MoveInQueue) -> None:
        """Another place in the queue."""
        self.background(lambda: queue.move(intent.name, intent.place), lambda _: self._read())

    def leave(self, intent: LeaveQueue) -> None:
        """Out of the queue; the run is kept, and can be started by hand."""
        self.background(lambda: queue.remove(intent.name), lambda _: self._read())

    def hold(self, intent: HoldQueue) -> None:
        """Start nothing more from the queue, or let it go on."""
        self.background(queue.hold if intent.held else queue.release, lambda _: self._read())

    def _read(self) -> None:
        self.background(lambda: (tuple(queue.waiting()), queue.held(), SweepStore().led()), self._show, key="queue")

    def _show(self, found: tuple[tuple[str, ...], bool, str | None]) -> None:
        names, held, sweep = found
        self.store.update(queue=names, queue_held=held, queue_sweep=sweep)


def _sweep_state(state: AppState) -> str:
    table = state.sweep.table if state.sweep is not None else None
    return table.state if table is not None else ""
