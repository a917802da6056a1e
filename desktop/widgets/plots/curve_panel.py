"""One plot: title, legend that doubles as read-out, axes with units, curves told apart by dash as well as colour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from core.fit.words import format_bytes
from desktop.style import SPACE
from desktop.style.text import font, label
from desktop.style.theme import theme
from desktop.widgets.plots.axes import BytesAxis, StepAxis, ValueAxis
from desktop.widgets.plots.curve_legend import CurveItem, CurveLegend, pen

Dash = Literal["solid", "dash", "dot", "dashdot"]
FAINT_ALPHA = 90
AXIS_WIDTH = 64


@dataclass
class _Curve:
    """A curve with the points it was given."""

    item: pg.PlotDataItem
    role: str
    dash: Dash
    faint: bool
    xs: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    ys: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))


@dataclass
class _Level:
    """A horizontal line at a value."""

    line: pg.InfiniteLine
    role: str
    dash: Dash
    value: float


class CurvePanel(QWidget):
    """A plot over steps (or whatever `x_unit` says).

    Args:
        title: what is plotted.
        x_unit, y_unit: units; with `y_unit` "bytes" the axis and the read-out are in KiB, MiB and GiB.
        from_zero: the value axis starts at 0. x_range: the ends of the other axis; those of the points if not given.
        value_words: how the read-out words a value; four significant digits if not given.
    """

    def __init__(
        self,
        title: str,
        x_unit: str = "step",
        y_unit: str = "",
        *,
        from_zero: bool = False,
        x_range: tuple[float, float] | None = None,
        value_words: Callable[[float], str] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.title = title
        self._x_unit = x_unit
        in_bytes = y_unit == "bytes"
        self._words = value_words or (_byte_words if in_bytes else _plain_words)
        self._curves: dict[str, _Curve] = {}
        self._levels: dict[str, _Level] = {}
        self._from_zero = from_zero
        self._x_range = x_range
        self.legend = CurveLegend()
        self.plot = self._make_plot(BytesAxis() if in_bytes else ValueAxis(), x_unit)
        self._pointer = pg.InfiniteLine(angle=90, movable=False)
        self._pointer.hide()
        self.plot.addItem(self._pointer, ignoreBounds=True)
        self._lay_out(title, "" if in_bytes else y_unit)
        self.setAccessibleName(f"Plot: {title}")
        theme().changed.connect(self._restyle)
        self._restyle()

    def _make_plot(self, y_axis: pg.AxisItem, x_unit: str) -> pg.PlotWidget:
        plot = pg.PlotWidget(axisItems={"bottom": StepAxis("bottom"), "left": y_axis}, enableMenu=False)
        menu = plot.getPlotItem().ctrlMenu
        menu.setParent(plot, menu.windowFlags())
        plot.setAntialiasing(True)
        plot.setMenuEnabled(False)
        plot.setMouseEnabled(False, False)
        plot.hideButtons()
        plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        plot.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        plot.setMinimumHeight(96)
        plot.getAxis("left").setWidth(AXIS_WIDTH)
        plot.setLabel("bottom", x_unit)
        plot.getViewBox().setDefaultPadding(0.04)
        plot.viewport().installEventFilter(self)
        plot.scene().sigMouseMoved.connect(self._hover)
        return plot

    def _lay_out(self, title: str, unit: str) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE.s)
        head.addWidget(label(title, semibold=True))
        head.addWidget(label(unit, size="small", role="muted"), 0, Qt.AlignmentFlag.AlignVCenter)
        head.addStretch(1)
        self.place = label(size="small", role="muted")
        head.addWidget(self.place)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE.xs)
        layout.addLayout(head)
        layout.addWidget(self.legend)
        layout.addWidget(self.plot, 1)

    def add_curve(self, name: str, *, role: str, dash: Dash = "solid", faint: bool = False) -> None:
        """A curve called `name` in the theme's colour for `role`.

        A faint one is thin and pale, for what is smoothed beside it.
        """
        item = pg.PlotDataItem(connect="finite")
        item.setDownsampling(auto=True, method="peak")
        item.setClipToView(True)
        self.plot.addItem(item)
        self._curves[name] = _Curve(item, role, dash, faint)
        self._restyle()

    def set_points(self, name: str, xs: Sequence[float], ys: Sequence[float]) -> None:
        """Give a curve all its points."""
        curve = self._curves[name]
        curve.xs, curve.ys = np.asarray(xs, dtype=float), np.asarray(ys, dtype=float)
        few = len(curve.xs) == 1
        curve.item.setData(curve.xs, curve.ys, symbol="o" if few else None, symbolSize=6, symbolPen=None)
        if few:
            curve.item.setSymbolBrush(theme().colour(curve.role))
        self._fit_range()
        self._read_out(None)

    def points(self, name: str) -> tuple[list[float], list[float]]:
        """The points that a curve was given."""
        curve = self._curves[name]
        return curve.xs.tolist(), curve.ys.tolist()

    def set_level(self, name: str, value: float | None, *, role: str = "muted", dash: Dash = "dash") -> None:
        """A horizontal line at `value`, such as what was predicted; None takes it away."""
        old = self._levels.pop(name, None)
        if old is not None:
            self.plot.removeItem(old.line)
        if value is not None:
            line = pg.InfiniteLine(value, angle=0, movable=False, pen=pen(role, dash, 1.5))
            self.plot.addItem(line, ignoreBounds=True)
            self._levels[name] = _Level(line, role, dash, value)
        self._fit_range()
        self._read_out(None)

    def clear(self) -> None:
        """Take all points and levels away; the curves stay known."""
        for name in list(self._levels):
            self.set_level(name, None)
        for name in self._curves:
            self.set_points(name, [], [])

    def _fit_range(self) -> None:
        """Everything in view, levels included."""
        ends = [level.value for level in self._levels.values()] + ([0.0] if self._from_zero else [])
        ends += [
            end for c in self._curves.values() if np.isfinite(c.ys).any() for end in (np.nanmin(c.ys), np.nanmax(c.ys))
        ]
        xs = [end for c in self._curves.values() if len(c.xs) for end in (c.xs[0], c.xs[-1])]
        if not xs or not ends:
            self.plot.setRange(xRange=(0, 1), yRange=(0, 1), padding=0)
            return
        low, high = float(min(ends)), float(max(ends))
        room = 0.06 * (high - low) or abs(high) * 0.1 or 1.0
        left, right = self._x_range or (float(min(xs)), float(max(max(xs), min(xs) + 1)))
        self.plot.setXRange(left, right, padding=0.01)
        self.plot.setYRange(0.0 if self._from_zero else low - room, high + room, padding=0)

    def _restyle(self) -> None:
        """Colours of the theme of now."""
        self.plot.setBackground(QColor(Qt.GlobalColor.transparent))
        for side in ("left", "bottom"):
            axis = self.plot.getAxis(side)
            axis.setPen(theme().colour("line"))
            axis.setTextPen(theme().colour("muted"))
            axis.setTickFont(font("small"))
            axis.setStyle(tickLength=0, tickTextOffset=6)
        self.plot.getAxis("bottom").setLabel(self._x_unit, color=theme().colours.muted, **{"font-size": "11px"})
        self.plot.showGrid(y=True, alpha=0.25)
        self._pointer.setPen(theme().colour("frame"))
        for curve in self._curves.values():
            made = pen(curve.role, curve.dash, 1.0 if curve.faint else 2.0)
            if curve.faint:
                colour = QColor(made.color())
                colour.setAlpha(FAINT_ALPHA)
                made.setColor(colour)
            curve.item.setPen(made)
        for level in self._levels.values():
            level.line.setPen(pen(level.role, level.dash, 1.5))
        self.legend.update()

    def _hover(self, position: QPointF) -> None:
        inside = self.plot.getPlotItem().vb.sceneBoundingRect().contains(position)
        self._read_out(self.plot.getPlotItem().vb.mapSceneToView(position).x() if inside else None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leaving the plot brings the last values back."""
        if event.type() == QEvent.Type.Leave:
            self._read_out(None)
        return super().eventFilter(watched, event)

    def _read_out(self, x: float | None) -> None:
        """Values at the step nearest to `x`, or the last ones."""
        steps = [c.xs for c in self._curves.values() if len(c.xs)]
        self._pointer.setVisible(x is not None and bool(steps))
        if x is not None and steps:
            every = np.concatenate(steps)
            x = float(every[np.argmin(np.abs(every - x))])
            self._pointer.setValue(x)
        place = f"{self._x_unit} {x:,.0f}" if x is not None and steps else ""
        self.place.setText(place)
        items = [
            CurveItem(name, curve.role, curve.dash, self._value_at(curve, x))
            for name, curve in self._curves.items()
            if not curve.faint and (len(curve.xs) or not steps)
        ]
        items += [CurveItem(name, lv.role, lv.dash, self._words(lv.value)) for name, lv in self._levels.items()]
        self.legend.show_items(place, items)
        self.setAccessibleDescription(", ".join(f"{item.title} {item.value}" for item in items))

    def _value_at(self, curve: _Curve, x: float | None) -> str:
        """The curve's value at `x`, or the newest one before it."""
        known = np.isfinite(curve.ys) if x is None else np.isfinite(curve.ys) & (curve.xs <= x)
        return self._words(float(curve.ys[np.flatnonzero(known)[-1]])) if known.any() else ""


def _byte_words(value: float) -> str:
    return format_bytes(int(value))


def _plain_words(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
