"""How long a run takes: its steps, and the time they need at the speed that is expected."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from core.fit.roofline import speed_of
from core.fit.rows import Rows
from core.fit.values import Duration, FitMachine
from core.models.spec import ModelSpec
from core.settings import TrainingSettings


def duration_of(
    spec: ModelSpec, settings: TrainingSettings, machine: FitMachine, lengths: Sequence[int] | Rows
) -> Duration | None:
    """The expected duration of training `spec` on rows of `lengths` tokens; None without rows.

    A batch is padded to its longest row, so time is that of batches as wide as their longest row is on average; joined
    rows are not.
    With packing, sequences are full, and there are as many as the tokens fill. Rows are held back as the engine does.
    """
    data = lengths if isinstance(lengths, Rows) else Rows(lengths)
    if not len(data):
        return None
    share = settings.validation_share
    rows = len(data) - (min(len(data) - 1, max(1, round(share * len(data)))) if share else 0)
    mean, micro = data.mean(settings.max_seq_length), settings.per_device_batch_size
    if settings.packing:
        rows = max(1, math.ceil(rows * mean / settings.max_seq_length))
        mean = float(settings.max_seq_length)
    width = data.width(settings)
    steps_per_epoch = math.ceil(math.ceil(rows / micro) / settings.gradient_accumulation_steps)
    steps = settings.max_steps or max(1, math.ceil(steps_per_epoch * settings.epochs))
    rows_seen = min(rows * steps / steps_per_epoch, steps * micro * settings.gradient_accumulation_steps)
    speed = speed_of(spec, msgspec.structs.replace(settings, max_seq_length=width), machine)
    padded = rows_seen * width
    return Duration(
        steps=steps,
        tokens=round(rows_seen * mean),
        seconds=padded / speed.tokens_per_second,
        low_s=padded / speed.high,
        high_s=padded / speed.low,
    )
