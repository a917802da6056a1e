"""The next leaner settings that learn the same: for a run whose memory ran out in its middle."""

from __future__ import annotations

from typing import Any, NamedTuple

from core.fit.estimate import estimate
from core.fit.fixes import Step, levers
from core.fit.values import FitMachine
from core.models.spec import ModelSpec
from core.settings import TrainingSettings

ROWS = {"per_device_batch_size", "gradient_accumulation_steps"}
HARMLESS = ({"attention"}, {"loss"}, ROWS, {"gradient_checkpointing"}, {"optimizer"})  # what a step learns stays
LEAST_SHARE = 0.05  # of the estimate: less would be lost again to the allocator's rounding at the next long row


class LeanerPlan(NamedTuple):
    """Settings that need less: the changes, and what the estimate says that they save."""

    changes: dict[str, Any]
    saves_bytes: int


def leaner(
    spec: ModelSpec, settings: TrainingSettings, machine: FitMachine, short_bytes: int, *, keeps_optimizer: bool
) -> LeanerPlan | None:
    """The mildest changes of `settings` that save at least `short_bytes`, or all that can be changed if that saves
    less; None where nothing saves anything. Every step sees the same rows as before.

    Args:
        short_bytes: what lacked.
        keeps_optimizer: whether there is a state of the optimiser already, which no other can go on with.
    """
    before = estimate(spec, settings, machine).total_bytes
    wanted = max(short_bytes, int(LEAST_SHARE * before))
    changes: dict[str, Any] = {}
    saved, number = 0, 0
    while saved < wanted and number < len(steps := _steps(spec, settings.changed(**changes), machine, keeps_optimizer)):
        step = steps[number]
        total = estimate(spec, settings.changed(**(changes | step.changes)), machine).total_bytes
        if before - total <= saved:
            number += 1
            continue
        saved = before - total
        changes |= step.changes
    return LeanerPlan(changes, saved) if changes else None


def _steps(spec: ModelSpec, settings: TrainingSettings, machine: FitMachine, keeps_optimizer: bool) -> list[Step]:
    """The mildest step of each lever that leaves what is learnt alone."""
    batch = _rows(settings)
    found = []
    for lever in levers(spec, settings, machine):
        for step in lever:
            keys = set(step.changes)
            if keys not in HARMLESS or (keys == {"optimizer"} and keeps_optimizer):
                continue
            if keys == ROWS and _rows(settings.changed(**step.changes)) != batch:
                continue
            found.append(step)
            break
    return found


def _rows(settings: TrainingSettings) -> int:
    """That the weights move by at once."""
    return settings.per_device_batch_size * settings.gradient_accumulation_steps
