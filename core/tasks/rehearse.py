"""Rehearsing a model's training step in a worker that stays warm; what was rehearsed once is kept.

The window makes one `Rehearser`, asks, and polls; the command line waits with `rehearse`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from core.errors import TunesmithError
from core.events import AnyEvent, Failed, ModelCounted, Progress, RehearsalFailed, RehearsalReady, Rehearsed
from core.fit.rehearsal import Rehearsal
from core.fit.values import FitMachine
from core.models.spec import ModelSpec
from core.requests import CountModel, Rehearse, RehearseRequest
from core.settings import TrainingSettings
from core.tasks.follow import failure
from core.tasks.kept import Kept
from core.tasks.kept import key_of as kept_key
from core.worker.attached import AttachedWorker, died

DOING = "rehearsing the training step"
POLL_S = 0.02
KEPT: Kept[Rehearsal] = Kept("rehearsals", Rehearsal)


class Result(NamedTuple):
    """The end of a rehearsal: `rehearsal`, or the `error` for which there is none. `key` is what `ask` returned."""

    key: str
    rehearsal: Rehearsal | None
    error: TunesmithError | None


class Rehearser:
    """One warm worker, one rehearsal at a time; a newer question takes the place of one that still waits.

    Attributes:
        busy: the key of what is being rehearsed or waits for it, empty in between.
    """

    def __init__(self) -> None:
        self._worker: AttachedWorker | None = None
        self._ready = False
        self._asked: tuple[str, Rehearse] | None = None
        self._waiting: tuple[str, Rehearse] | None = None
        self._number = 0

    @property
    def busy(self) -> str:
        """See the class."""
        latest = self._waiting or self._asked
        return latest[0] if latest else ""

    def warm_up(self) -> None:
        """Start the worker, so that the first question need not wait for it. Does not block."""
        if self._worker is None:
            self._worker = AttachedWorker(RehearseRequest())
            self._ready = False

    def ask(self, spec: ModelSpec, settings: TrainingSettings, machine: FitMachine) -> tuple[str, Rehearsal | None]:
        """The key of this rehearsal, and its result where it is known already; else `poll` brings it. Does not block.

        Raises:
            TunesmithError: `rehearsal.no_config`.
        """
        key = key_of(spec, settings, machine)
        known = kept(key)
        if known is not None:
            self._waiting = None
            return key, known
        self._number += 1
        command = _command(self._number, spec, settings, machine)
        if self._asked is None or self._asked[0] != key:
            self._waiting = (key, command)
        self.warm_up()
        self._send_next()
        return key, None

    def poll(self) -> list[Result]:
        """What has come since the last call. Does not block."""
        worker = self._worker
        if worker is None:
            return []
        results = [found for event in worker.poll() if (found := self._hear(event)) is not None]
        if not worker.running:
            results += self._gone(died(worker, DOING))
        self._send_next()
        return results

    def close(self) -> None:
        """End the worker. Blocks until it has."""
        if self._worker is not None:
            self._worker.stop()
        self._worker, self._asked, self._waiting = None, None, None

    def _hear(self, event: AnyEvent) -> Result | None:
        if isinstance(event, RehearsalReady):
            self._ready = True
        if isinstance(event, Failed):
            return next(iter(self._gone(failure(event))), None)
        if not isinstance(event, (Rehearsed, RehearsalFailed)) or self._asked is None:
            return None
        key, command = self._asked
        if event.request != command.request:
            return None
        self._asked = None
        if isinstance(event, RehearsalFailed):
            return Result(key, None, failure(event))
        KEPT.put(key, event.rehearsal)
        return Result(key, event.rehearsal, None)

    def _gone(self, error: TunesmithError) -> list[Result]:
        """The worker has ended; the next question starts another."""
        lost = [asked for asked in (self._asked, self._waiting) if asked is not None]
        self._worker, self._asked, self._waiting = None, None, None
        return [Result(key, None, error) for key, _ in lost]

    def _send_next(self) -> None:
        if self._worker is not None and self._ready and self._asked is None and self._waiting is not None:
            self._asked, self._waiting = self._waiting, None
            self._worker.send(self._asked[1])


def rehearse(
    questions: Sequence[tuple[ModelSpec, TrainingSettings, FitMachine]],
    on_event: Callable[[AnyEvent], None] | None = None,
) -> list[Rehearsal]:
    """Rehearse each question, in one worker; known results need none. Blocks.

    Raises:
        TunesmithError: `rehearsal.…` for the first that cannot be rehearsed, `worker.died`.
    """
    rehearser = Rehearser()
    found: list[Rehearsal] = []
    try:
        for number, question in enumerate(questions, start=1):
            if on_event is not None:
                text = f"Rehearsing the training step of {question[0].name}"
                on_event(Progress(phase="rehearsing", text=text, done=number - 1, total=len(questions), unit="plans"))
            found.append(_wait(rehearser, *question))
    finally:
        rehearser.close()
    return found


def _wait(rehearser: Rehearser, spec: ModelSpec, settings: TrainingSettings, machine: FitMachine) -> Rehearsal:
    _, known = rehearser.ask(spec, settings, machine)
    while known is None:
        for result in rehearser.poll():
            if result.error is not None:
                raise result.error
            known = result.rehearsal
        time.sleep(POLL_S)
    return known


def count(config: dict[str, object]) -> list[tuple[str, tuple[int, ...]]]:
    """Name and shape of every parameter of the model of `config`, which is built without weights. Blocks.

    Raises:
        TunesmithError: `rehearsal.unknown_model`, `worker.died`.
    """
    worker = AttachedWorker(RehearseRequest())
    try:
        worker.send(CountModel(request=1, config=config))
        while worker.running:
            for event in worker.wait(0.5):
                if isinstance(event, ModelCounted):
                    return event.tensors
                if isinstance(event, (Failed, RehearsalFailed)):
                    raise failure(event)
        raise died(worker, "counting the model")
    finally:
        worker.stop()


def key_of(spec: ModelSpec, settings: TrainingSettings, machine: FitMachine) -> str:
    """What tells one rehearsal from another: the model, the deciding settings, the kind of place, the versions."""
    return kept_key(spec.config, settings, [machine.is_gpu, (machine.compute_capability or (0,))[0]])


def kept(key: str) -> Rehearsal | None:
    """The result that is known of `key`; a damaged file is as good as none."""
    return KEPT.get(key)


def _command(number: int, spec: ModelSpec, settings: TrainingSettings, machine: FitMachine) -> Rehearse:
    if not spec.config:
        raise TunesmithError(
            "rehearsal.no_config",
            what="This model cannot be rehearsed.",
            why="Its config is not known, only its tensors.",
            remedy="The instant estimate stays.",
            where=spec.path,
        )
    return Rehearse(
        request=number,
        config=spec.config,
        settings=settings,
        on_card=machine.is_gpu,
        compute_capability=machine.compute_capability,
    )
