"""RunSummary: one run in one row."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from core.errors import ErrorFields
from core.events import AnyEvent, Failed, Finished, Judged, Progress, RunState, Started, StateChanged, Step
from core.job import TrainingJob
from core.runs.info import RunInfo
from core.runs.leaner import change_words
from core.runs.liveness import read_identity
from core.runs.log import first_events, last_events

ACTIVE: frozenset[RunState] = frozenset({"starting", "running", "paused"})


class RunSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What a table of runs shows. `error`: the fields of the error that ended the run; `phase`: what it does now.

    `adapter_step`: the step that the result is of; `judged`: the verdict on a run that has ended. `repeats`: the run
    that this one does again; `begins_with`: what that run had changed by itself, in words.
    """

    name: str
    path: str
    state: RunState
    model: str
    dataset: str
    step: int = 0
    steps_total: int = 0
    loss_last: float | None = None
    created: float = 0.0
    left_s: float = 0.0
    phase: str = ""
    peak_memory_bytes: int = 0
    predicted_memory_bytes: int = 0
    predicted_tokens_per_second: float = 0.0
    tokens_per_second: float = 0.0
    seconds: float = 0.0
    adapter_step: int = 0
    stopped_early: bool = False
    judged: Judged | None = None
    error: ErrorFields | None = None
    title: str = ""
    notes: str = ""
    tags: list[str] = []
    repeats: str = ""
    begins_with: str = ""

    @property
    def shown_name(self) -> str:
        """What the person calls it: its title, or else its name."""
        return self.title or self.name

    @property
    def repeats_words(self) -> str:
        """Which run it does again, and with what that one had to be changed to; empty for a run that repeats none."""
        if not self.begins_with:
            return self.repeats
        return f"{self.repeats}, from the first step with what it had gone on with: {self.begins_with}"

    @property
    def active(self) -> bool:
        """Whether a worker is at it."""
        return self.state in ACTIVE


def broken_summary(folder: Path, error: ErrorFields) -> RunSummary:
    """The row of a run whose folder is not whole: it stays visible, with the reason."""
    return RunSummary(name=folder.name, path=str(folder), state="failed", model="", dataset="", error=error)


def apply(summary: RunSummary, events: Iterable[AnyEvent]) -> RunSummary:
    """`summary` after `events`."""
    for event in events:
        summary = _after(summary, event)
    return summary


def _after(summary: RunSummary, event: AnyEvent) -> RunSummary:
    change = msgspec.structs.replace
    match event:
        case StateChanged():
            return change(summary, state=event.state, error=None if event.state in ACTIVE else summary.error)
        case Progress():
            return change(summary, phase=event.text)
        case Started():
            return change(summary, steps_total=event.steps_total, step=event.resumed_from, phase="", judged=None)
        case Judged():
            return change(summary, judged=event)
        case Step():
            return change(
                summary,
                state="running",
                step=event.step,
                loss_last=event.loss,
                left_s=event.left_s,
                tokens_per_second=event.tokens_per_second,
                seconds=event.seconds,
            )
        case Failed():
            return change(summary, error=_fields(event))
        case Finished():
            return change(
                summary,
                state=event.state,
                step=event.steps,
                loss_last=event.loss_last,
                left_s=0.0,
                peak_memory_bytes=event.peak_memory_bytes,
                tokens_per_second=event.tokens_per_second,
                seconds=event.seconds,
                adapter_step=event.adapter_step,
                stopped_early=event.stopped_early,
            )
        case _:
            return summary


def _fields(event: Failed) -> ErrorFields:
    return {"code": event.code, "what": event.what, "why": event.why, "remedy": event.remedy, "where": event.where}


def summarize(folder: Path, info: RunInfo, job: TrainingJob) -> RunSummary:
    """The row of the run in `folder`, from the end of its log and from whether its worker lives."""
    start = RunSummary(
        name=info.name,
        path=str(folder),
        state="new",
        model=job.model.id,
        dataset=Path(job.dataset.path).name or job.dataset.source,
        created=info.created,
        predicted_memory_bytes=info.predicted_memory_bytes,
        predicted_tokens_per_second=info.predicted_tokens_per_second,
        title=info.title,
        notes=info.notes,
        tags=info.tags,
        repeats=info.repeats,
        begins_with=change_words(info.begins_with),
    )
    summary = apply(start, last_events(folder))
    if not summary.steps_total:  # a long log: its end no longer holds how many steps there are
        totals = (event.steps_total for event in first_events(folder) if isinstance(event, Started))
        summary = msgspec.structs.replace(summary, steps_total=next(totals, 0))
    return with_death(summary, folder)


def with_death(summary: RunSummary, folder: Path) -> RunSummary:
    """`summary`, as `died` if nobody does what it says, as `starting` if its worker has said nothing yet."""
    identity = read_identity(folder)
    if not summary.active and not (summary.state == "new" and identity is not None):
        return summary
    if identity is not None and identity.alive():
        return msgspec.structs.replace(summary, state="starting") if summary.state == "new" else summary
    return msgspec.structs.replace(summary, state="died", left_s=0.0, phase="")
