"""The computer: probed after the first paint, sampled every second, and the card that is planned for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer

from core.fit.cards import cards
from core.fit.machine import plan_for
from core.fit.values import FitMachine
from core.hardware.machine import LiveSample
from core.hardware.probe import probe
from core.hardware.sampler import Sampler
from desktop.controllers.controller import Controller
from desktop.intents import Intent, RefreshMachine, TryCard
from desktop.state import AppState, Store

SAMPLE_MS = 1000
KEPT_MOMENTS = 120


class MachineController(Controller):
    """Owns `machine`, `live`, `moments`, `cards`, `tried_card` and `fit_machine` of the state.

    The card that is sampled is the first that answers, which is the one that is planned for. One that is lost, or comes
    back, is looked at anew.
    """

    step = "hardware"

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(store, parent)
        self._sampler: Sampler | None = None
        self._sampled_index = 0
        self._stopped = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._sample)

    def handlers(self) -> dict[type[Intent], Callable[[Any], None]]:
        """Which method answers which intent."""
        return {
            RefreshMachine: lambda _: self.look(),
            TryCard: lambda intent: self.store.update(tried_card=intent.name),
        }

    def start(self) -> None:
        """Look, and go on looking."""
        self.background(cards, lambda table: self.store.update(cards=table))
        self.look()
        self._sample()

    def stop(self) -> None:
        """The window closes."""
        self._stopped = True
        self._timer.stop()
        if self._sampler is not None:
            self._sampler.close()

    def react(self, state: AppState, before: AppState) -> None:
        """Plan for the card that is there, or for the one that is tried."""
        machine, tried = state.machine, state.tried_card
        if machine is not None and (machine is not before.machine or tried != before.tried_card):
            self.background(lambda: plan_for(machine, tried), self._planned, key="plan")

    def look(self) -> None:
        """Probe the computer."""
        self.store.set_error(self.step, None)
        self.background(
            probe, lambda machine: self.store.update(machine=machine), busy="Looking at this computer", key="probe"
        )

    def _sample(self) -> None:
        machine = self.store.state.machine
        index = machine.gpus[0].index if machine is not None and machine.gpus else self._sampled_index

        def moment() -> LiveSample:
            if self._sampler is not None and index != self._sampled_index:
                self._sampler.close()
                self._sampler = None
            if self._sampler is None:
                self._sampler, self._sampled_index = Sampler(index), index
            return self._sampler.sample()

        self.background(moment, self._sampled, key="sample")

    def _sampled(self, sample: LiveSample) -> None:
        before = self.store.state.live
        self.store.update(live=sample, moments=(*self.store.state.moments, sample)[-KEPT_MOMENTS:])
        if before is not None and before.gpu_lost != sample.gpu_lost:
            self.look()
        if not self._stopped:
            self._timer.start(SAMPLE_MS)

    def _planned(self, machine: FitMachine) -> None:
        self.store.update(fit_machine=machine)
