"""Smoothed: the exponential moving average of a column that grows, worked out in blocks and only where it is new."""

from __future__ import annotations

import math

import numpy as np

from core.runs.table import FIRST_CAPACITY, Column

DIGITS = 200.0  # a block's weights span so many powers of ten at most; a double holds 308
LONGEST_BLOCK = 512
AT_ONCE = 64 * LONGEST_BLOCK  # so many that what is worked on stays in the processor's cache


class Smoothed:
    """The average of a column's values so far, each weighing `keep` times the one after it, corrected for its start as
    in Adam (arXiv:1412.6980, section 3). Values that are not finite are passed over.

    Args:
        keep: how much of the average stays at each point, 0 (nothing is smoothed) to below 1.
    """

    def __init__(self, keep: float) -> None:
        self.keep = keep
        self._values: Column = np.empty(FIRST_CAPACITY)
        self._count = 0
        self._cuts = 0
        self._uncorrected = 0.0
        self._weight = 0.0

    def of(self, column: Column, cuts: int = 0) -> Column:
        """The average at each value of `column`, shape as that. A view: copy it to keep it.

        Args:
            column: what was given before with more at its end.
            cuts: another number than before says that it is another column.
        """
        if cuts != self._cuts or len(column) < self._count:
            self._cuts, self._count, self._uncorrected, self._weight = cuts, 0, 0.0, 0.0
        if len(column) > len(self._values):
            grown = np.empty(max(len(column), 2 * len(self._values)))
            grown[: self._count] = self._values[: self._count]
            self._values = grown
        while self._count < len(column):
            self._add(column[self._count : self._count + AT_ONCE])
        return self._values[: len(column)]

    def _add(self, new: Column) -> None:
        """Take in as many whole blocks of `new` as there are, or what is left of one.

        `a[n] = keep · a[n-1] + (1 - keep) · x[n]`, and likewise for the weights, of which a value that is passed over
        has none: with powers of `keep` taken out, both are running sums within a block.
        """
        spanned = LONGEST_BLOCK if self.keep <= 0 else max(1, int(DIGITS / -math.log10(self.keep)))
        length = min(len(new), spanned, LONGEST_BLOCK)
        blocks = new[: len(new) // length * length].reshape(-1, length)
        end = self._count + blocks.size
        if self.keep <= 0:
            self._values[self._count : end] = blocks.ravel()
            self._count = end
            return
        known = np.isfinite(blocks)
        table = self.keep ** np.arange(length + 1)
        if known.all():
            powers = np.broadcast_to(table[1:], blocks.shape)
            shares = np.broadcast_to((1 - self.keep) / table[1:], blocks.shape)
        else:
            powers = table[np.cumsum(known, axis=1)]
            shares = np.where(known, (1 - self.keep) / powers, 0.0)
            blocks = np.where(known, blocks, 0.0)
        sums = powers * np.cumsum(shares * blocks, axis=1)
        weights = powers * np.cumsum(shares, axis=1)
        before = np.empty((len(blocks), 2))
        for number in range(len(blocks)):
            before[number] = self._uncorrected, self._weight
            self._uncorrected = sums[number, -1] + powers[number, -1] * self._uncorrected
            self._weight = weights[number, -1] + powers[number, -1] * self._weight
        with np.errstate(invalid="ignore", divide="ignore"):
            whole = (sums + powers * before[:, :1]) / (weights + powers * before[:, 1:])
        self._values[self._count : end] = whole.ravel()
        self._count = end
