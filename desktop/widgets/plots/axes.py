"""Axes for people: whole steps, sizes in powers of two, figures of equal width, no SI prefixes on anything else."""

from __future__ import annotations

import math
from collections.abc import Callable

import pyqtgraph as pg

from core.fit.words import format_bytes
from desktop.widgets.durations import format_clock

TICKS = 5
"""At most about so many ticks a value axis has."""
TICK_ROOM = 30
"""Least distance of two ticks of a value axis, in pixels."""
ALONG_ROOM = 80
"""Likewise of the axis along which the curves lie."""
DURATIONS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)
"""Distances of ticks on an axis of time; beyond them, whole days."""
WHOLE_DECADES = 2.0
"""From so many powers of ten on, a logarithmic axis has ticks at those alone."""


class AlongAxis(pg.AxisItem):
    """What the curves lie along: counts, only whole and with thousands apart, or a time."""

    def __init__(self, unit: str) -> None:
        super().__init__("bottom")
        self.unit = unit

    def show_unit(self, unit: str) -> None:
        """`time` is in seconds and reads as a duration; anything else is counted."""
        self.unit = unit
        self.picture = None
        self.update()

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:
        """One level of ticks, never closer than 1."""
        wished = (maxVal - minVal) / max(2.0, size / ALONG_ROOM)
        if self.unit == "time":
            longest = DURATIONS_S[-1]
            step = min(DURATIONS_S, key=lambda known: abs(math.log(known / max(wished, 1e-9))))
            return [(max(step, longest * round(wished / longest)), 0.0)]
        return [(max(1.0, nice_step(wished)), 0.0)]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Whole numbers, durations, or millions of tokens."""
        if self.unit == "time":
            return [format_clock(value) for value in values]
        if self.unit == "tokens" and spacing >= 1e5:
            return [f"{value / 1e6:,.1f} M" for value in values]
        return [f"{value:,.0f}".replace("-", "−") for value in values]


class ValueAxis(pg.AxisItem):
    """Plain values: one level of ticks at 1, 2 or 5 times a power of ten.

    Attributes:
        is_log: what is drawn are logarithms to the base of ten; the ticks name the values.
    """

    def __init__(self, words: Callable[[float], str] | None = None) -> None:
        super().__init__("left")
        self._words = words
        self.is_log = False

    def show_log(self, on: bool) -> None:
        """Name the values of logarithms, or of the values themselves."""
        self.is_log = on
        self.picture = None
        self.update()

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:
        """About five ticks, fewer where there is little room."""
        return [(nice_step((maxVal - minVal) / ticks_in(size)), 0.0)]

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        """The ticks; between few powers of ten they stand at round values."""
        if not self.is_log:
            return super().tickValues(minVal, maxVal, size)
        if maxVal - minVal >= WHOLE_DECADES:
            every = math.ceil((maxVal - minVal) / ticks_in(size))
            first = math.ceil(minVal / every) * every
            return [(every, [float(decade) for decade in range(first, math.floor(maxVal) + 1, every)])]
        low, high = 10.0**minVal, 10.0**maxVal
        step = nice_step((high - low) / ticks_in(size))
        numbers = range(max(1, math.ceil(low / step)), math.floor(high / step) + 1)
        return [(step, [math.log10(number * step) for number in numbers])]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """As many digits as tell the ticks apart."""
        if self.is_log:
            return [(self._words or _short)(10.0**value) for value in values]
        if self._words is not None:
            return [self._words(value) for value in values]
        digits = max(0, -math.floor(math.log10(spacing))) if spacing < 1 else 0
        return [f"{value:,.{digits}f}" for value in values]


class BytesAxis(ValueAxis):
    """Sizes: ticks at powers of two, so that they read 1, 2, 3 GiB."""

    def __init__(self) -> None:
        super().__init__(lambda value: format_bytes(int(value)) if value >= 0 else "")

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:
        """About five ticks, fewer where there is little room."""
        return [(2.0 ** max(0, round(math.log2(max(1.0, (maxVal - minVal) / ticks_in(size))))), 0.0)]


def nice_step(wished: float) -> float:
    """The nearest of …, 0.1, 0.2, 0.5, 1, 2, 5, … to `wished`, by ratio."""
    if wished <= 0 or not math.isfinite(wished):
        return 1.0
    power = 10.0 ** math.floor(math.log10(wished))
    return min((factor * power for factor in (1, 2, 5, 10)), key=lambda step: abs(math.log(step / wished)))


def ticks_in(size: float) -> float:
    """About how many ticks fit an axis of `size` pixels."""
    return max(1.0, min(float(TICKS), size / TICK_ROOM))


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
