"""RunView: the run that the Train page shows, as far as its log has been read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from core.events import (
    AnyEvent,
    Checkpoint,
    Finished,
    Leaner,
    Memory,
    Opened,
    Progress,
    Quiet,
    Sample,
    Started,
    StateChanged,
    Step,
    Warned,
)
from core.fit.values import MemoryEstimate
from core.job import TrainingJob
from core.runs.curves import RunCurves
from core.runs.record import RunRecord
from core.runs.silence import NO_PROGRESS
from core.runs.summary import RunSummary, apply
from desktop.sample_line import up_to, with_sample

Asked = Literal["", "pause", "resume", "stop"]


@dataclass(frozen=True, eq=False)
class RunView:
    """One run. Two views are the same only if they are one object; `record` alone is shared and grows.

    Attributes:
        summary: state, step, time left and so on.
        record: what the log comes to, its curves among it.
        job: what was asked for; None while it is read.
        estimate: the memory that was planned, with its terms; None while it is computed or where it cannot be.
        caught_up: whether the log has been read to where it was when it was opened.
        loss_first: loss of the first step that the log has.
        checkpoint: the last step that is safe on disk, 0 for none.
        asked: what the worker was told and has not done yet.
        death: why the worker is gone, in words that follow “The worker ended:”; `last_words` what it printed last.
        warning: the last thing a worker warned of.
        loaded: of a paused run, whether it still holds its model.
        quiet: what a worker does that has said nothing for long; None once it speaks again.
        leaner: what the run changed by itself each time that memory ran out, oldest first.
        samples: what the model said while it trained, by step.
    """

    summary: RunSummary
    record: RunRecord = field(default_factory=RunRecord)
    job: TrainingJob | None = None
    estimate: MemoryEstimate | None = None
    caught_up: bool = False
    started: Started | None = None
    progress: Progress | None = None
    last_step: Step | None = None
    loss_first: float | None = None
    memory: Memory | None = None
    checkpoint: int = 0
    finished: Finished | None = None
    asked: Asked = ""
    death: str = ""
    last_words: str = ""
    warning: str = ""
    loaded: bool = False
    quiet: Quiet | None = None
    leaner: tuple[Leaner, ...] = ()
    samples: tuple[Sample, ...] = ()

    @property
    def name(self) -> str:
        """The run's name."""
        return self.summary.name

    @property
    def curves(self) -> RunCurves:
        """Every number of the run that is drawn."""
        return self.record.curves

    @property
    def can_resume(self) -> bool:
        """Whether a new worker could go on with it."""
        return self.summary.state in ("stopped", "failed", "died", "new")


def after(view: RunView, events: Iterable[AnyEvent]) -> RunView:
    """`view` after `events`; its record has grown by them."""
    events = list(events)
    view.record.add(events)
    return told(view, events)


def told(view: RunView, events: Iterable[AnyEvent]) -> RunView:
    """`view` after `events` that its record holds already."""
    events = list(events)
    changes: dict[str, Any] = {
        "summary": apply(view.summary, events),
        "loss_first": view.loss_first,
        "samples": view.samples,
        "leaner": view.leaner,
    }
    for event in events:
        if not isinstance(event, NO_PROGRESS):
            changes["quiet"] = None
        _note(changes, event)
    return replace(view, **changes)


def _note(changes: dict[str, Any], event: AnyEvent) -> None:
    """Note in `changes` which fields of a view `event` replaces."""
    match event:
        case Opened():
            changes.update(finished=None, death="", last_words="", asked="", progress=None, warning="")
        case Progress():
            changes.update(progress=event)
        case Started():
            changes.update(started=event, progress=None, samples=up_to(changes["samples"], event.resumed_from))
        case Step():
            first = changes["loss_first"]
            changes.update(last_step=event, loss_first=event.loss if first is None else first)
        case Memory():
            changes.update(memory=event)
        case Sample():
            changes.update(samples=with_sample(changes["samples"], event))
        case Checkpoint():
            changes.update(checkpoint=event.step)
        case Warned():
            changes.update(warning=event.text)
        case Quiet():
            changes.update(quiet=event)
        case Leaner():
            changes.update(leaner=(*changes["leaner"], event))
        case StateChanged():
            changes.update(asked="", progress=None, loaded=event.loaded)
        case Finished():
            changes.update(finished=event, asked="", progress=None)
        case _:
            pass
