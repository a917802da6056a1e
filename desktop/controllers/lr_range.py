"""Looking for a learning rate: the job's own steps at rising rates, when the person asks for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
from PySide6.QtCore import QObject

from core.errors import TunesmithError
from core.events import AnyEvent, Progress, RateFound, RateTried
from core.job import TrainingJob
from core.settings import TrainingSettings
from core.tasks import lr_range
from desktop.controllers.attached_task import AttachedTask
from desktop.controllers.controller import Controller
from desktop.controllers.training import job_of
from desktop.intents import CancelRateTest, FindRate, Intent
from desktop.rate_test import NO_RATE_TEST, RateTest
from desktop.state import AppState, Store

WITHOUT_EFFECT = ("learning_rate", "lr_scheduler", "warmup_steps", "epochs", "max_steps")
"""Settings that the test does not depend on."""


class RateController(Controller):
    """Owns `state.rate_test`. What is found is of the job as it was; another job takes it away."""

    step = "train"

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(store, parent)
        self._of: TrainingJob | None = None
        self._task = AttachedTask(lr_range.DOING, self)
        self._task.events.connect(self._hear)
        self._task.failed.connect(self._failed)
        self._task.done.connect(self._done)

    def handlers(self) -> dict[type[Intent], Callable[[Any], None]]:
        """Look, and stop looking."""
        return {FindRate: self.find, CancelRateTest: lambda _: self._end(NO_RATE_TEST)}

    def stop(self) -> None:
        """The window closes."""
        self._task.close()

    def react(self, state: AppState, before: AppState) -> None:
        """A run needs the card, and another job has another rate."""
        if self._of is None:
            return
        if state.active is not before.active and state.active is not None and state.rate_test.running:
            self._end(NO_RATE_TEST)
            return
        names = ("model", "dataset_ref", "settings")
        if any(getattr(state, name) is not getattr(before, name) for name in names) and _tested(state) != self._of:
            self._end(NO_RATE_TEST)

    def find(self, intent: FindRate) -> None:
        """Start a worker."""
        state = self.store.state
        if state.model is None or state.settings is None or state.active is not None or state.rate_test.running:
            return
        job, self._of = job_of(state), _tested(state)
        self.store.set_error(self.step, None)
        self.store.update(rate_test=RateTest(running=True))
        self.store.set_busy(self.step, Progress(phase="rates", text="Looking for a learning rate"))
        self._task.open(lambda: lr_range.start(job))

    def _hear(self, batch: list[AnyEvent]) -> None:
        test = self.store.state.rate_test
        for event in batch:
            match event:
                case Progress():
                    self.store.set_busy(self.step, event)
                case RateTried():
                    point = (event.learning_rate, event.loss)
                    test = replace(test, points=(*test.points, point), steps_total=event.steps_total)
                    done, total = event.step, event.steps_total
                    progress = Progress(phase="rates", text="Trying rates", done=done, total=total, unit="rates")
                    self.store.set_busy(self.step, progress)
                case RateFound():
                    test = replace(test, found=event)
                case _:
                    pass
        self.store.update(rate_test=test)

    def _done(self) -> None:
        of = self._of
        self._end(replace(self.store.state.rate_test, running=False))
        self._of = of

    def _failed(self, error: TunesmithError) -> None:
        self._end(NO_RATE_TEST)
        self.store.set_error(self.step, error)

    def _end(self, shown: RateTest) -> None:
        self._of = None
        self._task.close()
        if self.store.state.rate_test.running:
            self.store.set_busy(self.step, None)
        self.store.update(rate_test=shown)


def _tested(state: AppState) -> TrainingJob | None:
    """What the test's result depends on."""
    if state.model is None or state.settings is None:
        return None
    plain = msgspec.structs.asdict(TrainingSettings())
    settings = state.settings.changed(**{name: plain[name] for name in WITHOUT_EFFECT})
    return msgspec.structs.replace(job_of(state), settings=settings, sample_prompts=())
