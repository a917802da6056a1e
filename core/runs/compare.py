"""Runs side by side: the settings that differ, what was promised and taken, what they came to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from core.events import Validation
from core.job import TrainingJob
from core.runs.log import last_events
from core.runs.run import Run
from core.runs.summary import RunSummary
from core.settings import SETTINGS

APART = ("model", "dataset", "device")


class Differing(msgspec.Struct, frozen=True, kw_only=True):
    """One setting (or model, dataset, device) that is not the same in all runs; `values` are in the runs' order."""

    key: str
    title: str
    values: list[Any]


class RunColumn(msgspec.Struct, frozen=True, kw_only=True):
    """One run. `validation_last` is None where nothing was held back, or where it is far back in the log."""

    name: str
    title: str
    state: str
    steps: int
    loss_last: float | None
    validation_last: float | None
    predicted_memory_bytes: int
    peak_memory_bytes: int
    predicted_tokens_per_second: float
    tokens_per_second: float
    seconds: float
    tags: list[str]
    notes: str


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Several runs. `differing` holds only what differs."""

    runs: list[RunColumn]
    differing: list[Differing]


def compare(runs: Sequence[Run]) -> Comparison:
    """`runs` side by side, in their order.

    Raises:
        TunesmithError: `run.incomplete`, or as `Run.job`.
    """
    columns = [_column(run, run.summary()) for run in runs]
    return Comparison(runs=columns, differing=differing([run.job() for run in runs]))


def differing(jobs: Sequence[TrainingJob]) -> list[Differing]:
    """What is not the same in all of `jobs`: first model, data and device, then the settings in their order."""
    rows = [Differing(key=key, title=key.capitalize(), values=[_apart(job, key) for job in jobs]) for key in APART]
    settings = [msgspec.structs.asdict(job.settings) for job in jobs]
    rows += [
        Differing(key=key, title=setting.title, values=[values[key] for values in settings])
        for key, setting in SETTINGS.items()
    ]
    return [row for row in rows if any(value != row.values[0] for value in row.values)]


def _apart(job: TrainingJob, key: str) -> str:
    return {"model": job.model.id, "dataset": job.dataset.path, "device": job.device}[key]


def _column(run: Run, summary: RunSummary) -> RunColumn:
    held_back = [event.loss for event in last_events(run.path) if isinstance(event, Validation)]
    return RunColumn(
        name=summary.name,
        title=summary.title,
        state=summary.state,
        steps=summary.step,
        loss_last=summary.loss_last,
        validation_last=held_back[-1] if held_back else None,
        predicted_memory_bytes=summary.predicted_memory_bytes,
        peak_memory_bytes=summary.peak_memory_bytes,
        predicted_tokens_per_second=summary.predicted_tokens_per_second,
        tokens_per_second=summary.tokens_per_second,
        seconds=summary.seconds,
        tags=summary.tags,
        notes=summary.notes,
    )
