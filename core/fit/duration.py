"""How long a run takes: its steps, and the time they need at the speed that is expected."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from core.fit.roofline import speed_of
from core.fit.values import FitMachine
from core.models.spec import ModelSpec
from core.settings import TrainingSettings


class Duration(msgspec.Struct, frozen=True, kw_only=True):
    """Optimiser steps, tokens seen in all of them (without padding), and the seconds they should take, with a range.

    Loading the model comes on top, and so do validation and checkpoints, which take about a tenth.
    """

    steps: int
    tokens: int
    seconds: float
    low_s: float
    high_s: float


def duration_of(
    spec: ModelSpec, settings: TrainingSettings, machine: FitMachine, lengths: Sequence[int]
) -> Duration | None:
    """The expected duration of training `spec` on rows of `lengths` tokens; None without rows.

    Every batch is padded to its longest row, so time is that of batches as wide as their longest row is on average.
    With packing, sequences are full, and there are as many as the tokens fill. Rows are held back as the engine does.
    """
    seen = [min(length, settings.max_seq_length) for length in lengths]
    if not seen:
        return None
    share = settings.validation_share
    rows = len(seen) - (min(len(seen) - 1, max(1, round(share * len(seen)))) if share else 0)
    mean = sum(seen) / len(seen)
    if settings.packing:
        rows = max(1, math.ceil(rows * mean / settings.max_seq_length))
        mean = float(settings.max_seq_length)
    micro = settings.per_device_batch_size
    width = settings.max_seq_length if settings.packing else mean_longest(seen, micro)
    steps_per_epoch = math.ceil(math.ceil(rows / micro) / settings.gradient_accumulation_steps)
    steps = settings.max_steps or max(1, math.ceil(steps_per_epoch * settings.epochs))
    rows_seen = min(rows * steps / steps_per_epoch, steps * micro * settings.gradient_accumulation_steps)
    speed = speed_of(spec, settings.changed(max_seq_length=max(16, width)), machine)
    padded = rows_seen * width
    return Duration(
        steps=steps,
        tokens=round(rows_seen * mean),
        seconds=padded / speed.tokens_per_second,
        low_s=padded / speed.high,
        high_s=padded / speed.low,
    )


def mean_longest(lengths: Sequence[int], count: int) -> int:
    """The expected length of the longest of `count` rows drawn from `lengths`: the sum over the order statistics."""
    ordered = sorted(lengths)
    total = len(ordered)
    expected, below = 0.0, 0.0
    for rank, length in enumerate(ordered, start=1):
        upto = (rank / total) ** count
        expected += length * (upto - below)
        below = upto
    return math.ceil(expected)
