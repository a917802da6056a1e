"""Curve: one line of a plot. It holds all its points and draws as many as the plot has room for."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from desktop.style.theme import theme
from desktop.widgets.plots.curve_legend import DASHES, pen
from desktop.widgets.plots.pyramid import Pyramid

Values = NDArray[np.float64]
POINTS_PER_PIXEL = 3.0
DASHED_POINTS_PER_PIXEL = 0.4
"""Dashes run on from one point to the next, so such a line is stroked as a whole, which many points make slow."""
FAINT_SHARE = 0.38
"""How much of its colour a faint curve keeps over the background. Opaque, for a see-through line is slow to draw."""
LONGEST_GAP = 4096
"""How far back a value is looked for that is one."""


class Curve:
    """One curve, with the points it was given.

    Args:
        item: what draws it. role, dash: how it looks; a faint one is thin and pale, for what is smoothed beside it.
    """

    def __init__(self, item: pg.PlotDataItem, role: str, dash: str, faint: bool) -> None:
        self.item = item
        self.role = role
        self.dash = dash
        self.faint = faint
        self.xs: Values = np.empty(0)
        self.ys: Values = np.empty(0)
        self._stamp: object = None
        self._pyramid = Pyramid()
        self._is_built = False
        self._per_pixel = DASHED_POINTS_PER_PIXEL if DASHES[dash] else POINTS_PER_PIXEL
        # Segment by segment, a line two pixels wide is drawn a hundred times faster than as one path.
        item.curve.setSegmentedLineMode("off" if DASHES[dash] else "on")

    def hold(self, xs: Values, ys: Values, stamp: object = None) -> None:
        """Take all the points there are, with x ascending.

        Args:
            stamp: the same as before says that they are those that were given before, with more at their end.
        """
        grown = stamp is not None and stamp == self._stamp and len(ys) >= len(self.ys)
        self.xs, self.ys, self._stamp = xs, ys, stamp
        self._is_built = self._is_built and grown

    def draw(self, left: float, right: float, pixels: int, is_log: bool) -> tuple[float, float] | None:
        """Draw what lies between `left` and `right`; the least and the greatest value drawn, None if there is none."""
        self._pyramid.show(self.ys, grown=self._is_built)
        self._is_built = True
        first = max(0, int(np.searchsorted(self.xs, left, side="left")) - 1)
        last = min(len(self.xs), int(np.searchsorted(self.xs, right, side="right")) + 1)
        places, values = self._pyramid.between(first, last, round(self._per_pixel * max(160, pixels)))
        if is_log:
            with np.errstate(invalid="ignore", divide="ignore"):
                values = np.log10(np.where(values > 0, values, np.nan))
        known = values[np.isfinite(values)]
        lone = len(known) == 1
        self.item.setData(self.xs[places], values, symbol="o" if lone else None, symbolSize=6, symbolPen=None)
        if lone:
            self.item.setSymbolBrush(theme().colour(self.role))
        return (float(known.min()), float(known.max())) if len(known) else None

    def place_near(self, x: float) -> float | None:
        """The x of the point nearest to `x`."""
        if not len(self.xs):
            return None
        after = min(int(np.searchsorted(self.xs, x)), len(self.xs) - 1)
        near = self.xs[max(0, after - 1) : after + 1]
        return float(near[np.argmin(np.abs(near - x))])

    def value_at(self, x: float | None) -> float | None:
        """The value at `x`, or the newest one before it; the last of all for None."""
        end = len(self.xs) if x is None else int(np.searchsorted(self.xs, x, side="right"))
        behind = self.ys[max(0, end - LONGEST_GAP) : end]
        known = np.flatnonzero(np.isfinite(behind))
        return float(behind[known[-1]]) if len(known) else None

    def restyle(self) -> None:
        """Colours of the theme of now."""
        made = pen(self.role, self.dash, 1.0 if self.faint else 2.0)
        if self.faint:
            made.setColor(blend(made.color(), theme().colour("background"), FAINT_SHARE))
        self.item.setPen(made)


def blend(colour: QColor, under: QColor, share: float) -> QColor:
    """`share` of `colour` over `under`, opaque."""
    parts = (
        math.floor(share * over + (1 - share) * below + 0.5)
        for over, below in zip(colour.getRgb()[:3], under.getRgb()[:3], strict=True)
    )
    return QColor(*parts)
