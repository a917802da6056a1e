"""How long a run takes: its steps, and the time they need at the speed that is expected."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

import msgspec

from core.fit.roofline import speed_of
from core.fit.values import Duration, FitMachine
from core.models.spec import ModelSpec
from core.settings import TrainingSettings

NARROWEST = 16  # tokens: the shortest sequence that settings may have


class Rows:
    """The token lengths of a data set's rows, counted once: what is asked of them often costs little after that.

    Attributes:
        lengths: every length that occurs, the shortest first; `upto` how many rows are no longer than that one.
    """

    def __init__(self, lengths: Sequence[int]) -> None:
        counts = sorted(Counter(lengths).items())
        self.lengths = [length for length, _ in counts]
        self.upto = list(accumulate(count for _, count in counts))
        self._tokens_upto = list(accumulate(length * count for length, count in counts))
        self._widths: dict[tuple[int, int], int] = {}

    def __len__(self) -> int:
        return self.upto[-1] if self.upto else 0

    def covering(self, share: float) -> int:
        """The length that holds this share of the rows whole."""
        return self.lengths[bisect_left(self.upto, math.ceil(share * len(self)))]

    def cut(self, limit: int) -> int:
        """How many rows are longer than `limit`."""
        whole = bisect_right(self.lengths, limit)
        return len(self) - (self.upto[whole - 1] if whole else 0)

    def mean(self, limit: int) -> float:
        """The mean length of the rows, each cut at `limit`."""
        whole = bisect_right(self.lengths, limit)
        rows, tokens = (self.upto[whole - 1], self._tokens_upto[whole - 1]) if whole else (0, 0)
        return (tokens + limit * (len(self) - rows)) / len(self)

    def mean_longest(self, limit: int, count: int) -> int:
        """The expected length of the longest of `count` rows drawn from these, each cut at `limit`: the sum over the
        order statistics."""
        expected, below = 0.0, 0.0
        for length, rows in zip(self.lengths, self.upto, strict=True):
            share = (rows / len(self)) ** count
            expected += min(length, limit) * (share - below)
            below = share
            if length >= limit:
                return math.ceil(expected + limit * (1.0 - below))
        return math.ceil(expected)

    def width(self, settings: TrainingSettings) -> int:
        """Tokens of one row of a batch, padding included: its longest row, as is to be expected.

        Nothing is padded where rows are joined, and next to nothing where those of like length are together.
        """
        limit, micro = settings.max_seq_length, settings.per_device_batch_size
        if settings.packing:
            return limit
        if settings.padding_free or settings.group_by_length:
            micro = 1
        if (limit, micro) not in self._widths:
            self._widths[limit, micro] = max(NARROWEST, self.mean_longest(limit, micro))
        return self._widths[limit, micro]


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
