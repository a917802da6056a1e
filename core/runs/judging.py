"""The verdict of a run that has ended, from its folder."""

from __future__ import annotations

from core.events import Failed, Judged, Opened, Started, Step
from core.runs.curves import RunCurves
from core.runs.run import Run
from core.runs.table import Table
from core.runs.verdict import Course, verdict

FELL_APART = frozenset({"engine.loss_not_finite", "engine.loss_exploded"})
"""Codes of the errors by which a training ends that fell apart."""


def judge(run: Run, *, ended_itself: bool) -> Judged | None:
    """What is to be said of `run`, whose log is read to its end; None before its first step, and where an error ended
    it that is not the curves' own.

    Args:
        ended_itself: it came to its end or stopped early, and nobody stopped it.

    Raises:
        TunesmithError: as `Run.job`.
    """
    curves, tail = RunCurves(), run.tail()
    started: Started | None = None
    epochs, error_code = 0.0, ""
    while events := tail.poll():
        curves.add(events)
        for event in events:
            match event:
                case Opened():
                    error_code = ""
                case Failed():
                    error_code = event.code
                case Started():
                    started = event
                case Step():
                    epochs = event.epoch
                case _:
                    pass
    fell_apart = error_code in FELL_APART
    if started is None or not len(curves.steps) or (error_code and not fell_apart):
        return None
    course = Course(
        training=_points(curves.steps),
        validation=_points(curves.validation),
        validation_rows=started.validation_rows,
        steps_total=started.steps_total,
        epochs=epochs,
        ended_itself=ended_itself,
        fell_apart=fell_apart,
    )
    return verdict(course, run.job().settings)


def _points(table: Table) -> list[tuple[int, float]]:
    return [(int(step), float(loss)) for step, loss in zip(table["step"], table["loss"], strict=True)]
