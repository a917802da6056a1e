"""What the curves of a run say of it, in plain words, and the one change of the settings to try next.

A pure function of the numbers: still learning, done, over-fitted, unstable, or too little to say.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from core.events import Judged
from core.events.training import VerdictKind
from core.settings import SETTINGS, TrainingSettings

Point = tuple[int, float]
Curve = Literal["training", "validation"]

# Rules of thumb, tried on runs whose right answer is known (tests/core/runs/test_verdict.py).
BINS = 20  # training losses are averaged over so many parts of the run
FEWEST_STEPS, FEWEST_VALIDATIONS, FEWEST_ROWS = 8, 3, 4
WOBBLE = 0.02  # of the best validation loss: a rise that means nothing
SMALLEST = 0.005  # nats: less of a rise or a fall means nothing, however small the loss
STILL_FALLING = 0.015  # of the loss, over the last third of the run
STEEP = 0.25  # of the whole fall, in the last third: a straight line has a third
ROSE, ROSE_OF_FALL, NOISES = 0.1, 0.25, 4.0  # a training loss that rises by more than all of these is unstable
AT_ONCE = 0.15  # of the run: over-fitting that begins before is the learning rate's fault
SHOWN = 12  # points that a verdict shows


@dataclass(frozen=True)
class Course:
    """How a run went.

    Attributes:
        training, validation: (step, loss), ascending; losses in nats a token.
        validation_rows: rows held back.
        steps_total: steps that were planned. epochs: epochs that were done.
        ended_itself: to the end or by early stopping, and not by the person.
        fell_apart: the loss was no number, or exploded.
    """

    training: Sequence[Point]
    validation: Sequence[Point]
    validation_rows: int
    steps_total: int
    epochs: float
    ended_itself: bool = True
    fell_apart: bool = False


def verdict(course: Course, settings: TrainingSettings) -> Judged:
    """What `course` says of a run under `settings`."""
    smoothed, noise = _binned(course.training)
    held = [point for point in course.validation if math.isfinite(point[1])]
    if course.fell_apart or _rises(smoothed, noise):
        return _unstable(course, smoothed, settings)
    if len(course.training) < FEWEST_STEPS or len(held) < FEWEST_VALIDATIONS or course.validation_rows < FEWEST_ROWS:
        return _too_little(course, held, settings)
    best = min(held, key=lambda point: point[1])
    after = [loss for step, loss in held if step > best[0]]
    wobble = max(SMALLEST, WOBBLE * best[1]) * (1 if len(after) > 1 else 2)
    if after and _mean(after[-2:]) - best[1] > wobble:
        return _overfitted(course, held, best, settings)
    last_step = held[-1][0]
    earlier, now = _at(held, last_step * 2 / 3), held[-1][1]
    if earlier - now > max(SMALLEST, STILL_FALLING * earlier):
        return _still_learning(course, held, earlier, settings)
    return _done(course, held, earlier, settings)


def _binned(points: Sequence[Point]) -> tuple[list[Point], float]:
    """Means over equal parts of the run, and how far such a mean is off by chance (a standard error)."""
    finite = [point for point in points if math.isfinite(point[1])]
    count = min(BINS, len(finite) // 4)
    if count < 2:
        return [], math.inf
    edges = [len(finite) * number // count for number in range(count + 1)]
    bins = [finite[begin:end] for begin, end in pairwise(edges)]
    means = [(part[-1][0], _mean([loss for _, loss in part])) for part in bins]
    squares = [(loss - mean) ** 2 for part, (_, mean) in zip(bins, means, strict=True) for _, loss in part]
    return means, math.sqrt(_mean(squares) / (len(finite) / count))


def _rises(smoothed: Sequence[Point], noise: float) -> bool:
    if not smoothed:
        return False
    losses = [loss for _, loss in smoothed]
    lowest = min(losses)
    limits = (ROSE * lowest, ROSE_OF_FALL * (losses[0] - lowest), NOISES * noise)
    return losses[-1] - lowest > max(limits)


def _unstable(course: Course, smoothed: Sequence[Point], settings: TrainingSettings) -> Judged:
    points = smoothed or course.training
    lowest = min(points, key=lambda point: point[1], default=(0, 0.0))
    words = "Unstable: the training fell apart."
    if points and not course.fell_apart:
        words = (
            f"Unstable: the training loss rose again, from {lowest[1]:.3g} around step {lowest[0]:,} to "
            f"{points[-1][1]:.3g} at the end."
        )
    rate = _rounded(settings.learning_rate / 3)
    return _judged("unstable", words, "training", points, {"learning_rate": rate}, f"a learning rate of {rate:g}")


def _too_little(course: Course, held: Sequence[Point], settings: TrainingSettings) -> Judged:
    steps = course.training[-1][0] if course.training else 0
    changes: dict[str, Any]
    if steps < FEWEST_STEPS:
        words = f"Too little to say: a run of {steps} {'step' if steps == 1 else 'steps'} shows no course yet."
        changes, advice = _longer(course, settings, max(2.0, 2 * FEWEST_STEPS / max(1, steps)))
    elif not course.validation_rows:
        words = "Too little to say: no rows were held back, so learning cannot be told from memorising."
        changes, advice = {"validation_share": 0.05}, "5 % of the rows held back"
    elif course.validation_rows < FEWEST_ROWS:
        share = min(0.5, max(0.1, _rounded(2 * settings.validation_share)))
        count = course.validation_rows
        words = f"Too little to say: {count} {'row' if count == 1 else 'rows'} held back can mislead."
        changes, advice = {"validation_share": share}, f"{share:.0%} of the rows held back"
    else:
        every = max(1, steps // 10)
        words = f"Too little to say: {len(held)} {'validation' if len(held) == 1 else 'validations'} make no curve."
        often = f"every {every:,} steps" if every > 1 else "every step"
        changes, advice = {"validation_steps": every}, f"a validation {often}"
    return _judged("too_little_data_to_say", words, "validation", held, changes, advice)


def _overfitted(course: Course, held: Sequence[Point], best: Point, settings: TrainingSettings) -> Judged:
    words = (
        f"Over-fitted: validation loss was best at step {best[0]:,} ({best[1]:.3g}) and rose to {held[-1][1]:.3g}, so "
        "what came after is learning by heart."
    )
    if best[0] <= AT_ONCE * course.steps_total or best == held[0]:
        rate = _rounded(settings.learning_rate / 3)
        return _judged("overfitted", words, "validation", held, {"learning_rate": rate}, f"a learning rate of {rate:g}")
    changes, advice = _longer(course, settings, best[0] / course.training[-1][0])
    return _judged("overfitted", words, "validation", held, changes, advice)


def _still_learning(course: Course, held: Sequence[Point], earlier: float, settings: TrainingSettings) -> Judged:
    now = held[-1][1]
    words = (
        f"Still learning: validation loss was falling to the end, from {earlier:.3g} to {now:.3g} in the last third."
    )
    if not course.ended_itself:
        return _judged("still_learning", words, "validation", held, {}, "resume it, for it was stopped on the way")
    whole = max(loss for _, loss in [*held, *course.training[:1]]) - now
    if earlier - now > STEEP * whole and settings.learning_rate <= SETTINGS["learning_rate"].default * 2.5:
        rate = _rounded(settings.learning_rate * 2)
        return _judged(
            "still_learning", words, "validation", held, {"learning_rate": rate}, f"a learning rate of {rate:g}"
        )
    changes, advice = _longer(course, settings, 1.5)
    return _judged("still_learning", words, "validation", held, changes, advice)


def _done(course: Course, held: Sequence[Point], earlier: float, settings: TrainingSettings) -> Judged:
    now = held[-1][1]
    words = f"Done: validation loss has levelled off, {earlier:.3g} and {now:.3g} before and after the last third."
    rank, alpha = 2 * settings.lora_rank, 2 * settings.lora_alpha
    if rank > (SETTINGS["lora_rank"].high or rank) or alpha > (SETTINGS["lora_alpha"].high or alpha):
        return _judged("done", words, "validation", held, {}, "more rows of data, for the settings give no more")
    changes = {"lora_rank": rank, "lora_alpha": alpha}
    return _judged("done", words, "validation", held, changes, f"rank {rank}, to see whether more room learns more")


def _longer(course: Course, settings: TrainingSettings, factor: float) -> tuple[dict[str, Any], str]:
    """A run of `factor` times as many steps; it is shorter where that is below 1."""
    steps = course.training[-1][0] if course.training else course.steps_total
    epochs = max(0.1, round(course.epochs * factor, 1)) if course.epochs < 20 else float(round(course.epochs * factor))
    epochs = min(epochs, SETTINGS["epochs"].high or epochs)
    if settings.max_steps and course.steps_total >= settings.max_steps:
        limit = max(1, round(steps * factor))
        return {"max_steps": limit, "epochs": max(settings.epochs, epochs)}, f"{limit:,} steps"
    return {"epochs": epochs}, f"{epochs:g} epochs"


def _judged(
    kind: VerdictKind, words: str, curve: Curve, points: Sequence[Point], changes: Mapping[str, Any], advice: str
) -> Judged:
    shown = list(points)
    if len(points) > SHOWN:
        shown = [points[round(place * (len(points) - 1) / (SHOWN - 1))] for place in range(SHOWN)]
    return Judged(
        verdict=kind, words=words, curve=curve, points=shown, changes=dict(changes), advice=f"Try next: {advice}."
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _at(points: Sequence[Point], step: float) -> float:
    """The loss at `step`, between the points on a straight line."""
    for (before, low), (after, high) in pairwise(points):
        if before <= step <= after:
            return low + (high - low) * (step - before) / (after - before)
    return points[0][1]


def _rounded(value: float) -> float:
    return float(f"{value:.2g}")
