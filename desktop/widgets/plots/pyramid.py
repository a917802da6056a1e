"""Pyramid: least and greatest of every 4, 16, 64, … values of a curve, so that a million are drawn like a thousand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
FACTOR = 4
LEAST_BUCKETS = 256  # a level with fewer would never be drawn


class _Level:
    """One level: a pair for each whole bucket."""

    def __init__(self) -> None:
        self.low: Values = np.empty(0)
        self.high: Values = np.empty(0)
        self.count = 0

    def grow(self, low: Values, high: Values) -> None:
        """Take in the level below, of which only what is new is looked at."""
        whole = len(low) // FACTOR
        if whole <= self.count:
            return
        if whole > len(self.low):
            room = np.empty((2, max(whole, 2 * len(self.low)) - self.count))
            self.low = np.concatenate([self.low[: self.count], room[0]])
            self.high = np.concatenate([self.high[: self.count], room[1]])
        new = slice(self.count * FACTOR, whole * FACTOR)
        self.low[self.count : whole] = _reduced(np.fmin, low[new])
        self.high[self.count : whole] = _reduced(np.fmax, high[new])
        self.count = whole


def _reduced(pick: np.ufunc, values: Values) -> Values:
    """Of every four values the one that `pick` picks; pairs of strided columns are much faster than a short axis."""
    made: Values = pick(pick(values[0::4], values[1::4]), pick(values[2::4], values[3::4]))
    return made


class Pyramid:
    """Over one curve's values; NaN is no value."""

    def __init__(self) -> None:
        self._values: Values = np.empty(0)
        self._levels: list[_Level] = []

    def show(self, values: Values, *, grown: bool) -> None:
        """These are the values now; `grown`: those that were shown before, with more at their end."""
        if not grown or len(values) < len(self._values):
            self._levels = []
        self._values = values
        low = high = values
        depth = 0
        while len(low) >= FACTOR * LEAST_BUCKETS:
            if depth == len(self._levels):
                self._levels.append(_Level())
            level = self._levels[depth]
            level.grow(low, high)
            low, high = level.low[: level.count], level.high[: level.count]
            depth += 1

    def between(self, first: int, last: int, most: int) -> tuple[NDArray[np.int64], Values]:
        """At most about `most` points that look like those from `first` to before `last`: places among the values, and
        values. Where there are more, each bucket gives its least and its greatest, one after the other."""
        depth, size = 0, 1
        while (last - first) // size * (1 if depth == 0 else 2) > most and depth < len(self._levels):
            depth, size = depth + 1, size * FACTOR
        if depth == 0:
            return np.arange(first, last), self._values[first:last]
        level = self._levels[depth - 1]
        begin, end = first // size, min(last // size, level.count)
        places = np.repeat(np.arange(begin, end) * size, 2)
        values = np.empty(len(places))
        values[0::2], values[1::2] = level.low[begin:end], level.high[begin:end]
        rest = self._values[end * size : last]
        if len(rest):
            places = np.append(places, [end * size, last - 1])
            values = np.append(values, [np.fmin.reduce(rest), np.fmax.reduce(rest)])
        return places, values
