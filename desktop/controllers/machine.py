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
    """Owns `machine`, `live`, `moments`, `cards`, `tried_card` and `fit_machine` of the state."""

    step = "hardware"

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(store, parent)
        self._sampler: Sampler | None = None
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
        self.background(_card_names, lambda names: self.store.update(cards=names))
        self.look()
        self._sample()

    def stop(self) -> None:
        """The window closes."""
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
        def moment() -> LiveSample:
            if self._sampler is None:
                self._sampler = Sampler()
            return self._sampler.sample()

        self.background(moment, self._sampled, key="sample")

    def _sampled(self, sample: LiveSample) -> None:
        self.store.update(live=sample, moments=(*self.store.state.moments, sample)[-KEPT_MOMENTS:])
        self._timer.start(SAMPLE_MS)

    def _planned(self, machine: FitMachine) -> None:
        self.store.update(fit_machine=machine)


def _card_names() -> tuple[str, ...]:
    """The table's cards, largest memory first."""
    return tuple(card.name for card in reversed(cards()))
