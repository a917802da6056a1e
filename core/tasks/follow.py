"""Following a worker from a terminal: blocking, event by event, until its last word."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import TypeVar

from core.errors import ErrorFields, TunesmithError
from core.events import AnyEvent, Event, Failed, Finished, Memory, RehearsalFailed, Step
from core.runs.run import Run
from core.runs.silence import SilenceWatch
from core.worker.attached import AttachedWorker, died

ResultEvent = TypeVar("ResultEvent", bound=Event)

POLL_S = 0.1
GRACE_S = 1.0  # what a dead worker wrote last may still be on its way to the disk


def failure(event: Failed | RehearsalFailed) -> TunesmithError:
    """The error that such an event carries."""
    fields: ErrorFields = {
        "code": event.code,
        "what": event.what,
        "why": event.why,
        "remedy": event.remedy,
        "where": event.where,
    }
    return TunesmithError.from_fields(fields)


class RunEvents:
    """The events of a run, one after the other, until its `finished` event. Iterating blocks.

    A worker that should have spoken and cannot is spoken for by a `quiet` event that its log does not have.

    A run that is resumed logs into the same file: make this before its worker starts, with `skip_existing`. After an
    interruption (Ctrl-C) iterating again goes on where it was.
    """

    def __init__(self, run: Run, *, skip_existing: bool = False) -> None:
        self._run = run
        self._tail = run.tail()
        self._waiting: deque[AnyEvent] = deque()
        if skip_existing:
            while self._tail.poll():
                continue

    def __iter__(self) -> Iterator[AnyEvent]:
        """Raises `TunesmithError` `worker.died` if the worker is gone and nothing more comes."""
        gone_since: float | None = None
        silence = SilenceWatch(self._run.path)
        while True:
            self._waiting.extend(self._tail.poll())
            while self._waiting:
                event = self._waiting.popleft()
                silence.hear(event)
                yield event
                if isinstance(event, Finished):
                    return
                gone_since = None
            worker = self._run.worker()
            if worker is not None and worker.alive():
                gone_since = None
                if (quiet := silence.look()) is not None:
                    yield quiet
            elif gone_since is None:
                gone_since = time.monotonic()
            elif time.monotonic() - gone_since > GRACE_S:
                raise worker_died(self._run)
            time.sleep(POLL_S)

    def with_death(self) -> Iterator[AnyEvent]:
        """The same, where a worker that is gone without a word ends with the `failed` and `finished` that it owes."""
        try:
            yield from self
        except TunesmithError as error:
            if error.code != "worker.died":
                raise
            yield Failed(**error.fields())
            yield _finished_by_death(self._run)


def _finished_by_death(run: Run) -> Finished:
    summary = run.summary()
    return Finished(
        run=run.name,
        state="died",
        steps=summary.step,
        loss_first=next((event.loss for event in run.events() if isinstance(event, Step)), None),
        loss_last=summary.loss_last,
        peak_memory_bytes=max((e.process_peak_bytes for e in run.events() if isinstance(e, Memory)), default=0),
        predicted_memory_bytes=summary.predicted_memory_bytes,
        tokens_per_second=summary.tokens_per_second,
        seconds=summary.seconds,
    )


def worker_died(run: Run) -> TunesmithError:
    """The error for a training worker that vanished."""
    last = run.last_words(1).strip()
    return TunesmithError(
        "worker.died",
        what=f"The training process of “{run.name}” is gone.",
        why=f"It was killed or crashed, or the system was out of memory. Its last line: {last or 'none'}.",
        remedy="Resume the run: it goes on from its last checkpoint.",
        where=str(run.path),
    )


def attached_events(worker: AttachedWorker, doing: str) -> Iterator[AnyEvent]:
    """The events of an attached worker until it ends.

    Args:
        doing: what it does, for an error (“reading the data”).

    Raises:
        TunesmithError: what a `failed` event carries, or `worker.died` after an end without a word.
    """
    while worker.running:
        for event in worker.wait(0.5):
            if isinstance(event, Failed):
                raise failure(event)
            yield event
    if worker.outcome.returncode != 0:
        raise died(worker, doing)


def result_of(
    worker: AttachedWorker, kind: type[ResultEvent], doing: str, on_event: Callable[[AnyEvent], None] | None = None
) -> ResultEvent:
    """The event of type `kind` that an attached worker ends with. The worker is stopped on every way out.

    Raises:
        TunesmithError: as `attached_events`.
    """
    result: ResultEvent | None = None
    try:
        for event in attached_events(worker, doing):
            if on_event is not None:
                on_event(event)
            if isinstance(event, kind):
                result = event
    finally:
        worker.stop()
    if result is None:
        raise died(worker, doing)
    return result
