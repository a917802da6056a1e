"""The verdict of a run that has ended, from its folder."""

from __future__ import annotations

from core.events import AnyEvent, Failed, Judged, Opened, Started, Step, Validation
from core.runs.run import Run
from core.runs.verdict import Course, verdict

FELL_APART = frozenset({"engine.loss_not_finite", "engine.loss_exploded"})
"""Codes of the errors by which a training ends that fell apart."""


class _Heard:
    """What the log says of the curves. A resumed run repeats the steps since its checkpoint; the later ones count."""

    def __init__(self) -> None:
        self.training: dict[int, float] = {}
        self.validation: dict[int, float] = {}
        self.started: Started | None = None
        self.epochs = 0.0
        self.error_code = ""

    def hear(self, event: AnyEvent) -> None:
        match event:
            case Opened():
                self.error_code = ""
            case Failed():
                self.error_code = event.code
            case Started():
                self.started = event
                for points in (self.training, self.validation):
                    for step in [step for step in points if step > event.resumed_from]:
                        del points[step]
            case Step():
                self.training[event.step], self.epochs = event.loss, event.epoch
            case Validation():
                self.validation[event.step] = event.loss
            case _:
                pass


def judge(run: Run, *, ended_itself: bool) -> Judged | None:
    """What is to be said of `run`, whose log is read to its end; None before its first step, and where an error ended
    it that is not the curves' own.

    Args:
        ended_itself: it came to its end or stopped early, and nobody stopped it.

    Raises:
        TunesmithError: as `Run.job`.
    """
    heard, tail = _Heard(), run.tail()
    while events := tail.poll():
        for event in events:
            heard.hear(event)
    fell_apart = heard.error_code in FELL_APART
    if heard.started is None or not heard.training or (heard.error_code and not fell_apart):
        return None
    course = Course(
        training=sorted(heard.training.items()),
        validation=sorted(heard.validation.items()),
        validation_rows=heard.started.validation_rows,
        steps_total=heard.started.steps_total,
        epochs=heard.epochs,
        ended_itself=ended_itself,
        fell_apart=fell_apart,
    )
    return verdict(course, run.job().settings)
