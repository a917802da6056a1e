"""Axes for people: whole steps, sizes in powers of two, figures of equal width, no SI prefixes on anything else."""

from __future__ import annotations

import math
from collections.abc import Callable

import pyqtgraph as pg

from core.fit.words import format_bytes

TICKS = 5
"""At most about so many ticks a value axis has."""
TICK_ROOM = 30
"""Least distance of two ticks of a value axis, in pixels."""


class StepAxis(pg.AxisItem):
    """Counts: only whole numbers, with thousands apart."""

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:
        """One level of ticks, never closer than 1."""
        return [(max(1.0, nice_step((maxVal - minVal) / max(2.0, size / 90))), 0.0)]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Whole numbers."""
        return [f"{value:,.0f}".replace("-", "−") for value in values]


class ValueAxis(pg.AxisItem):
    """Plain values: one level of ticks at 1, 2 or 5 times a power of ten."""

    def __init__(self, words: Callable[[float], str] | None = None) -> None:
        super().__init__("left")
        self._words = words

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:
        """About five ticks, fewer where there is little room."""
        return [(nice_step((maxVal - minVal) / ticks_in(size)), 0.0)]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """As many digits as tell the ticks apart."""
        if self._words is not None:
            return [self._words(value) for value in values]
        digits = max(0, -math.floor(math.log10(spacing))) if spacing < 1 else 0
        return [f"{value:,.{digits}f}" for value in values]


class BytesAxis(pg.AxisItem):
    """Sizes: ticks at powers of two, so that they read 1, 2, 3 GiB."""

    def __init__(self) -> None:
        super().__init__("left")

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:
        """About five ticks, fewer where there is little room."""
        return [(2.0 ** max(0, round(math.log2(max(1.0, (maxVal - minVal) / ticks_in(size))))), 0.0)]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """“1.5 GiB”."""
        return [format_bytes(int(value)) if value >= 0 else "" for value in values]


def nice_step(wished: float) -> float:
    """The nearest of …, 0.1, 0.2, 0.5, 1, 2, 5, … to `wished`, by ratio."""
    if wished <= 0 or not math.isfinite(wished):
        return 1.0
    power = 10.0 ** math.floor(math.log10(wished))
    return min((factor * power for factor in (1, 2, 5, 10)), key=lambda step: abs(math.log(step / wished)))


def ticks_in(size: float) -> float:
    """About how many ticks fit an axis of `size` pixels."""
    return max(1.0, min(float(TICKS), size / TICK_ROOM))
