"""RunDetails: all that the Runs page draws of one run, read from its folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.errors import TunesmithError
from core.events import Memory
from core.fit.values import Prediction
from core.job import TrainingJob
from core.runs.curves import RunCurves
from core.runs.history import HistoryRow, compared
from core.runs.leaner import all_changes, change_words
from core.runs.record import read_record
from core.runs.run import Run
from core.runs.summary import RunSummary


@dataclass(frozen=True, eq=False)
class RunDetails:
    """One run.

    Attributes:
        job: what was asked for; None if its file is damaged, and then `problem` says how.
        curves: every number of its log.
        peak_bytes: the most that the worker held, as far as the log goes; 0 if it never said.
        compared: what each depth promised beside what it took; None where there is nothing to compare.
        changed_by_itself: what the run changed in its settings because memory ran out, in words.
    """

    name: str
    job: TrainingJob | None
    problem: TunesmithError | None
    curves: RunCurves
    peak_bytes: int
    compared: HistoryRow | None = None
    changed_by_itself: str = ""


def read_details(summary: RunSummary) -> RunDetails:
    """Read the run's job and its whole event log; off the UI thread."""
    run = Run(Path(summary.path))
    job, problem, changed = None, None, ""
    try:
        job = run.job()
        changed = change_words(all_changes(run.path))
    except TunesmithError as error:
        problem = error
    record = read_record(run.path)
    peak = max((event.process_peak_bytes for event in record.telling() if isinstance(event, Memory)), default=0)
    row = compared(summary, _predictions(run))
    return RunDetails(summary.name, job, problem, record.curves, peak, row, changed)


def _predictions(run: Run) -> list[Prediction]:
    """What the run was promised; nothing of one whose folder is damaged, which its row in the table says."""
    try:
        return run.info().predictions
    except TunesmithError:
        return []
