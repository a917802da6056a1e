"""Measuring: real steps of a few layers of the chosen model on this computer, when the person asks for it."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import QObject, QTimer

from core.errors import TunesmithError
from core.events import AnyEvent, Measured, Progress
from core.fit.measurement import Measurement
from core.tasks import measure
from desktop.controllers.attached_task import AttachedTask
from desktop.controllers.controller import Controller
from desktop.controllers.planning import Place, place_of, plan_key
from desktop.intents import CancelMeasuring, Intent, MeasureHere
from desktop.state import AppState, Store

REST_MS = 300  # before the settings' kept measurement is looked for


class MeasuringController(Controller):
    """Owns `measurements` and `measuring` of the state. One measurement at a time; other settings end it."""

    step = "train"

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(store, parent)
        self._asked: tuple[str, Place] | None = None
        self._found: Measurement | None = None
        self._task = AttachedTask("measuring the training step", self)
        self._task.events.connect(self._hear)
        self._task.failed.connect(self._failed)
        self._task.done.connect(self._done)
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._look)

    def handlers(self) -> dict[type[Intent], Callable[[Any], None]]:
        """Measure, and stop measuring."""
        return {MeasureHere: self.measure, CancelMeasuring: lambda _: self._end()}

    def stop(self) -> None:
        """The window closes."""
        self._rest.stop()
        self._task.close()

    def react(self, state: AppState, before: AppState) -> None:
        """Other settings: what is measured is no longer wanted, and what is known of them is looked for."""
        same = state.model is before.model and state.fit_machine is before.fit_machine
        same = same and state.dataset is before.dataset
        if same and state.settings is before.settings and state.active is before.active:
            return
        if state.active is not None or (self._asked is not None and plan_key(state) != self._asked[0]):
            self._end()
        if not same or state.settings is not before.settings:
            self._rest.start()

    def measure(self, intent: MeasureHere) -> None:
        """Start a worker; from half a minute on it says what it took."""
        state, place = self.store.state, place_of(self.store.state)
        settings = state.settings
        if place is None or settings is None or state.active is not None or state.measuring:
            return
        self._asked, self._found = (plan_key(state), place), None
        self.store.set_error(self.step, None)
        self.store.update(measuring=True)
        self.store.set_busy(self.step, Progress(phase="measuring", text="Measuring real steps of a few layers"))
        self._task.open(lambda: measure.start(place.model, place.at_longest(settings), place.machine))

    def _look(self) -> None:
        """What was measured of these settings before."""
        state, place = self.store.state, place_of(self.store.state)
        key, settings = plan_key(state), state.settings
        if place is None or settings is None or place.machine.simulated or key in state.measurements:
            return
        self.background(
            lambda: measure.kept(place.model, place.at_longest(settings), place.machine),
            lambda known: self._take(key, known),
            key="kept",
        )

    def _hear(self, batch: list[AnyEvent]) -> None:
        for event in batch:
            if isinstance(event, Progress):
                self.store.set_busy(self.step, event)
            elif isinstance(event, Measured):
                self._found = event.measurement

    def _done(self) -> None:
        asked, found, settings = self._asked, self._found, self.store.state.settings
        self._end()
        if asked is None or found is None or settings is None:
            return
        key, place = asked
        self._take(key, found)
        counted = place.at_longest(settings)
        self.background(lambda: measure.keep(place.model, counted, place.machine, found), lambda _: None)

    def _take(self, key: str, found: Measurement | None) -> None:
        if found is not None:
            self.store.update(measurements=MappingProxyType({**self.store.state.measurements, key: found}))

    def _failed(self, error: TunesmithError) -> None:
        self._end()
        self.store.set_error(self.step, error)

    def _end(self) -> None:
        if self._asked is None:
            return
        self._asked = None
        self._task.close()
        self.store.update(measuring=False)
        self.store.set_busy(self.step, None)
