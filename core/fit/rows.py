"""The token lengths of a data set's rows, and what a batch of them comes to."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

import msgspec

from core.fit.values import DataLengths
from core.settings import TrainingSettings

NARROWEST = 16  # tokens: the shortest sequence that settings may have


class Rows:
    """The token lengths of a data set's rows, counted once: what is asked of them often costs little after that.

    Args:
        guessed: the lengths are about those of the rows: good for times, not for promises of memory.

    Attributes:
        lengths: every length that occurs, the shortest first; `upto` how many rows are no longer than that one.
    """

    def __init__(self, lengths: Sequence[int], *, guessed: bool = False) -> None:
        self.guessed = guessed
        counts = sorted(Counter(lengths).items())
        self.lengths = [length for length, _ in counts]
        self.upto = list(accumulate(count for _, count in counts))
        self._tokens_upto = list(accumulate(length * count for length, count in counts))
        self._widths: dict[tuple[int, int], int] = {}
        self._longest: dict[tuple[int, int], int] = {}

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

    def longest(self, limit: int, count: int) -> int:
        """The mean length of the `count` longest rows, each cut at `limit`; rounded up."""
        if (limit, count) not in self._longest:
            counted = left = min(count, len(self))
            tokens, place = 0, len(self.lengths)
            while left:
                place -= 1
                taken = min(left, self.upto[place] - (self.upto[place - 1] if place else 0))
                tokens += taken * min(limit, self.lengths[place])
                left -= taken
            self._longest[limit, count] = math.ceil(tokens / counted)
        return self._longest[limit, count]


def rows_of(lengths: DataLengths | None) -> Rows | None:
    """The rows of a data set; None where there is none, or none in it."""
    return Rows(lengths.lengths, guessed=lengths.guessed) if lengths is not None and lengths.lengths else None


def at_longest(settings: TrainingSettings, rows: Rows | None) -> TrainingSettings:
    """`settings` as they count for memory: rows as long as those of the largest batch that `rows` can make.

    Rows that are joined come to the longest ones together, padded ones to the longest of all. Packed rows are always
    full; and where no data was counted, any row may be.
    """
    if rows is None or rows.guessed or not len(rows) or settings.packing:
        return settings
    count = settings.per_device_batch_size if settings.padding_free else 1
    width = max(NARROWEST, rows.longest(settings.max_seq_length, count))
    return msgspec.structs.replace(settings, max_seq_length=width)


def at_length(settings: TrainingSettings, row_tokens: int) -> TrainingSettings:
    """`settings` as they count for memory where only that is kept which `at_longest` came to; 0 where it is not."""
    if not row_tokens or settings.packing:
        return settings
    return msgspec.structs.replace(settings, max_seq_length=min(settings.max_seq_length, max(NARROWEST, row_tokens)))
