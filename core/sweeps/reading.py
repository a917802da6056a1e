"""What a candidate's log comes to, read on as it grows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.events import AnyEvent, Checkpoint, Failed, Finished, Opened, Started
from core.runs.curves import RunCurves
from core.runs.log import EventTail
from core.runs.record import RunRecord, kept_record
from core.runs.run import JOB_FILE
from core.runs.until import step_at
from core.sweeps.halving import Course

MOST_DEATHS = 3  # in a row, without a checkpoint between them


class CandidateLog:
    """One candidate's log. A run that is not there has none, and may come later."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._record: RunRecord | None = None
        self._tail = EventTail(folder)
        self._made_ns = 0

    @property
    def curves(self) -> RunCurves:
        """Every number of the run that can be drawn."""
        return self._record.curves if self._record is not None else RunCurves()

    def poll(self) -> None:
        """Read what is new. A run that was made anew is read from its start."""
        made_ns = self._job_written_ns()
        if self._record is None or made_ns != self._made_ns:
            self._made_ns = made_ns
            self._record = kept_record(self.folder) or RunRecord()
            self._tail = EventTail(self.folder, self._record.offset)
        while events := self._tail.poll():
            self._record.add(events)

    def _job_written_ns(self) -> int:
        """When the run's job was written, which is once, as the run is made; 0 while it is not there."""
        try:
            return (self.folder / JOB_FILE).stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def course(self, rungs: Sequence[float]) -> Course:
        """How far it is, as the log was read last."""
        told = self._record.telling() if self._record is not None else []
        return course_of(told, self.curves, rungs)

    @property
    def peak_memory_bytes(self) -> int:
        """The most that a worker of it held."""
        told = self._record.telling() if self._record is not None else []
        memory = self.curves.memory
        held = [int(memory["process_bytes"].max())] if len(memory) else []
        return max([event.peak_memory_bytes for event in told if isinstance(event, Finished)] + held, default=0)


def course_of(told: Sequence[AnyEvent], curves: RunCurves, rungs: Sequence[float]) -> Course:
    """How far a run is whose log holds the rare events `told` and the numbers `curves`."""
    started = next((event for event in reversed(told) if isinstance(event, Started)), None)
    ended = next((event for event in reversed(told) if isinstance(event, Opened | Finished)), None)
    total = started.steps_total if started is not None else 0
    steps = curves.steps
    return Course(
        losses=_losses(told, curves, rungs, total),
        failed=_failed(told, ended, started),
        seconds=_starting_s(told) + (float(steps["seconds"][-1]) if len(steps) else 0.0),
        step=int(steps["step"][-1]) if len(steps) else 0,
        steps_total=total,
        startup_s=_first_start_s(told),
        step_s=_step_s(curves),
    )


def _losses(told: Sequence[AnyEvent], curves: RunCurves, rungs: Sequence[float], total: int) -> tuple[float, ...]:
    """The best validation loss up to each rung that is reached: validated there, and safe on disk. A run that ended by
    itself before has reached all of them."""
    safe = max((event.step for event in told if isinstance(event, Checkpoint)), default=0)
    finished = any(isinstance(event, Finished) and event.state == "finished" for event in told)
    held = curves.validation
    if not total or not len(held):
        return ()
    losses: list[float] = []
    for rung in rungs:
        step = step_at(rung, total)
        if not finished and (held["step"][-1] < step or safe < step):
            break
        finite = np.isfinite(held["loss"])
        known = held["loss"][finite & (held["step"] <= step)]
        if not len(known):  # a run that went further at once, as the twin does, and was not validated before
            known = held["loss"][finite][:1]
        if not len(known):
            break
        losses.append(float(known.min()))
    return tuple(losses)


def _failed(told: Sequence[AnyEvent], ended: AnyEvent | None, started: Started | None) -> str:
    """Why it cannot be compared: its own error, deaths without end, nothing to judge it by."""
    if started is not None and not started.validation_rows:
        return "The data has too few rows to hold any back, so there is nothing to judge it by."
    if isinstance(ended, Finished) and ended.state == "failed":
        errors = [event.what for event in told if isinstance(event, Failed)]
        return errors[-1] if errors else "It ended with an error."
    deaths, is_open = 0, False
    for event in told:
        match event:
            case Opened():
                deaths += is_open
                is_open = True
            case Finished():
                is_open = False
            case Checkpoint():
                deaths = 0
            case _:
                pass
    return f"Its process died {deaths} times before the next checkpoint." if deaths >= MOST_DEATHS else ""


def _starting_s(told: Sequence[AnyEvent]) -> float:
    return sum(_starts(told))


def _first_start_s(told: Sequence[AnyEvent]) -> float:
    return next(iter(_starts(told)), 0.0)


def _starts(told: Sequence[AnyEvent]) -> list[float]:
    """Seconds from each worker's first word to its first step."""
    found, opened = [], math.nan
    for event in told:
        if isinstance(event, Opened):
            opened = event.time
        elif isinstance(event, Started) and math.isfinite(opened):
            found.append(max(0.0, event.time - opened))
            opened = math.nan
    return found


def _step_s(curves: RunCurves) -> float:
    """From the end of the first step, which is slower than the others, to that of the last."""
    steps = curves.steps
    if len(steps) < 2:
        return float(steps["seconds"][0] / steps["step"][0]) if len(steps) else 0.0
    return float((steps["seconds"][-1] - steps["seconds"][0]) / (steps["step"][-1] - steps["step"][0]))
