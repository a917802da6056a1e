"""One plot: title, legend that doubles as read-out, axes with units, curves told apart by dash as well as colour."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QKeyEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.style import RADIUS, SPACE
from desktop.style.text import font, label
from desktop.style.theme import theme
from desktop.widgets import buttons
from desktop.widgets.plots.axes import AlongAxis, BytesAxis, ValueAxis
from desktop.widgets.plots.curve import Curve
from desktop.widgets.plots.curve_legend import CurveItem, CurveLegend, pen
from desktop.widgets.plots.plot_menu import PlotMenu
from desktop.widgets.plots.read_out import byte_words, place_words, plain_words
from desktop.widgets.plots.zoom_box import IN, ZoomBox

Dash = Literal["solid", "dash", "dot", "dashdot"]
AXIS_WIDTH = 64
ALONG_HEIGHT = 34
SIDE_ROOM = 0.01
NARROWEST = 1e-6
"""Of the whole range: nobody zooms in further."""
KEY_MOVE = 0.02
"""Of the range in view: how far an arrow key takes the read-out."""


@dataclass
class _Level:
    """A horizontal line at a value."""

    line: pg.InfiniteLine
    role: str
    dash: Dash
    value: float


class CurvePanel(QWidget):
    """A plot over steps (or whatever `x_unit` says).

    The wheel or the keys + and - zoom, a drag zooms into what is dragged over, a double click or Home shows all again;
    the pointer or the arrow keys read out. Only what is in view is drawn, and of it as much as can be seen.

    Args:
        title: what is plotted. tip: what that is, for who does not know.
        x_unit, y_unit: units; with `y_unit` "bytes" the axis and the read-out are in KiB, MiB and GiB, with `x_unit`
            "time" the axis is in seconds and reads as durations.
        from_zero: the value axis starts at 0. x_range: the ends of the other axis; those of the points if not given.
        value_words, axis_words: how the read-out and the axis word a value; by its digits if not given.
        interactive: whether it can be zoomed, by keys too, and its picture and its numbers be saved.

    Attributes:
        menu: what can be done with it; see `PlotMenu` for its signals.

    Signals:
        zoomed(object): the person wants to see this range along x, (left, right); None for all.
        pointed(object): the pointer is at this x; None: nowhere.
    """

    zoomed = Signal(object)
    pointed = Signal(object)

    def __init__(
        self,
        title: str,
        x_unit: str = "step",
        y_unit: str = "",
        *,
        from_zero: bool = False,
        x_range: tuple[float, float] | None = None,
        value_words: Callable[[float], str] | None = None,
        axis_words: Callable[[float], str] | None = None,
        tip: str = "",
        interactive: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.title = title
        in_bytes = y_unit == "bytes"
        self._words = value_words or (byte_words if in_bytes else plain_words)
        self._curves: dict[str, Curve] = {}
        self._levels: dict[str, _Level] = {}
        self._from_zero = from_zero
        self._x_range = x_range
        self._zoom: tuple[float, float] | None = None
        self._at: float | None = None
        self.legend = CurveLegend()
        self._along = AlongAxis(x_unit)
        self._up = BytesAxis() if in_bytes else ValueAxis(axis_words)
        self.box = ZoomBox(enableMenu=False)
        self.plot = self._make_plot()
        self._pointer = pg.InfiniteLine(angle=90, movable=False)
        self._pointer.hide()
        self.plot.addItem(self._pointer, ignoreBounds=True)
        self.menu = PlotMenu(self) if interactive else None
        self._lay_out(title, "" if in_bytes else y_unit, tip)
        self.setAccessibleName(f"Plot: {title}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if interactive else Qt.FocusPolicy.NoFocus)
        self.box.is_fixed = not interactive
        if interactive:
            self.box.wanted.connect(self._on_wanted)
            self.box.everything.connect(lambda: self._ask_zoom(None))
        self.box.sigResized.connect(lambda: self.draw())
        theme().changed.connect(self._restyle)
        self._restyle()

    def _make_plot(self) -> pg.PlotWidget:
        axes = {"bottom": self._along, "left": self._up}
        plot = pg.PlotWidget(viewBox=self.box, axisItems=axes, enableMenu=False)
        menu = plot.getPlotItem().ctrlMenu
        menu.setParent(plot, menu.windowFlags())
        plot.setAntialiasing(True)
        plot.setMenuEnabled(False)
        plot.setMouseEnabled(False, False)
        plot.disableAutoRange()
        plot.hideButtons()
        plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        plot.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        plot.setMinimumHeight(96)
        plot.getAxis("left").setWidth(AXIS_WIDTH)
        plot.getAxis("bottom").setHeight(ALONG_HEIGHT)
        for axis in axes.values():
            axis.setZValue(-1)  # the grid lies under the curves
            axis.enableAutoSIPrefix(False)
        plot.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        plot.viewport().installEventFilter(self)
        plot.scene().sigMouseMoved.connect(self._hover)
        return plot

    def _lay_out(self, title: str, unit: str, tip: str) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE.s)
        self.heading = label(title, semibold=True)
        self.heading.setToolTip(tip)
        head.addWidget(self.heading)
        head.addWidget(label(unit, size="small", role="muted"), 0, Qt.AlignmentFlag.AlignVCenter)
        head.addStretch(1)
        self.place = label(size="small", role="muted")
        head.addWidget(self.place)
        if self.menu is not None:
            more = buttons.quiet("", icon="more", tip=f"What can be done with the plot of {title.lower()}")
            more.setProperty("bare", True)
            more.setFixedSize(28, 22)
            more.setMenu(self.menu)
            head.addWidget(more)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE.xs, 0, 0, 0)
        layout.setSpacing(SPACE.xs)
        layout.addLayout(head)
        layout.addWidget(self.legend)
        layout.addWidget(self.plot, 1)

    def add_curve(self, name: str, *, role: str, dash: Dash = "solid", faint: bool = False) -> None:
        """A curve called `name` in the theme's colour for `role`.

        A faint one is thin and pale, for what is smoothed beside it.
        """
        item = pg.PlotDataItem(connect="finite")
        self.plot.addItem(item)
        self._curves[name] = Curve(item, role, dash, faint)
        self._restyle()

    def remove_curves(self) -> None:
        """Forget every curve."""
        for curve in self._curves.values():
            self.plot.removeItem(curve.item)
        self._curves.clear()

    def set_points(self, name: str, xs: Sequence[float], ys: Sequence[float]) -> None:
        """Give a curve all its points, and draw."""
        self.hold_points(name, np.asarray(xs, dtype=float), np.asarray(ys, dtype=float))
        self.draw()

    def hold_points(self, name: str, xs: NDArray[np.float64], ys: NDArray[np.float64], stamp: object = None) -> None:
        """Give a curve all its points, to be drawn by `draw`; `stamp` as in `Curve.hold`."""
        self._curves[name].hold(xs, ys, stamp)

    def points(self, name: str) -> tuple[list[float], list[float]]:
        """The points that a curve was given."""
        curve = self._curves[name]
        return curve.xs.tolist(), curve.ys.tolist()

    def columns(self) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Every curve's points, by its name."""
        return {name: (curve.xs, curve.ys) for name, curve in self._curves.items()}

    def set_level(self, name: str, value: float | None, *, role: str = "muted", dash: Dash = "dash") -> None:
        """A horizontal line at `value`, such as what was predicted; None takes it away."""
        old = self._levels.pop(name, None)
        if old is not None:
            self.plot.removeItem(old.line)
        if value is not None:
            line = pg.InfiniteLine(angle=0, movable=False, pen=pen(role, dash, 1.5))
            self.plot.addItem(line, ignoreBounds=True)
            self._levels[name] = _Level(line, role, dash, value)
        self.draw()

    def clear(self) -> None:
        """Take all points and levels away; the curves stay known."""
        for name in list(self._levels):
            self.set_level(name, None)
        for curve in self._curves.values():
            curve.hold(np.empty(0), np.empty(0))
        self.draw()

    @property
    def x_unit(self) -> str:
        """What the curves lie along."""
        return self._along.unit

    def show_along(self, unit: str) -> None:
        """Curves lie along something else from now on; their points are to be given anew."""
        if unit != self._along.unit:
            self._along.show_unit(unit)
            self._zoom = None
            self._restyle()

    def show_log(self, on: bool) -> None:
        """Whether the value axis is logarithmic."""
        if on != self._up.is_log:
            self._up.show_log(on)
            self.draw()
        if self.menu is not None:
            self.menu.log.setChecked(on)

    def show_zoom(self, zoom: tuple[float, float] | None) -> None:
        """What is seen along x; None for all."""
        if zoom != self._zoom:
            self._zoom = zoom
            self.draw()

    def show_pointer(self, x: float | None) -> None:
        """Read out the values at `x`, or the last ones."""
        self._read_out(x)

    def draw(self) -> None:
        """Draw what is in view. A plot that cannot be seen waits until it can."""
        if not self.isVisible() and self.window().isVisible():
            return
        left, right = self._zoom or self._whole()
        pixels = round(self.box.width())
        is_log = self._up.is_log
        ends = [curve.draw(left, right, pixels, is_log) for curve in self._curves.values()]
        known = [value for pair in ends if pair is not None for value in pair]
        for level in self._levels.values():
            shown = math.log10(level.value) if is_log and level.value > 0 else level.value
            level.line.setValue(shown)
            known.append(shown)
        self._show_range(left, right, known)
        self._read_out(self._at)

    def _show_range(self, left: float, right: float, known: list[float]) -> None:
        """Everything that was drawn in view, levels included."""
        if not known:
            self.plot.setRange(xRange=(0, 1), yRange=(0, 1), padding=0)
            return
        from_zero = self._from_zero and not self._up.is_log
        low, high = min(known), max(known)
        room = 0.06 * (high - low) or abs(high) * 0.1 or 1.0
        aside = 0.0 if self._zoom else SIDE_ROOM * (right - left)
        self.box.setRange(
            xRange=(left - aside, right + aside), yRange=(0.0 if from_zero else low - room, high + room), padding=0
        )

    def _whole(self) -> tuple[float, float]:
        """The ends of all curves along x."""
        if self._x_range is not None:
            return self._x_range
        xs = [float(end) for curve in self._curves.values() if len(curve.xs) for end in (curve.xs[0], curve.xs[-1])]
        return (min(xs), max(*xs, min(xs) + 1)) if xs else (0.0, 1.0)

    def _on_wanted(self, left: float, right: float) -> None:
        """Within the curves, and not smaller than makes sense."""
        first, last = self._whole()
        width = max(right - left, (last - first) * NARROWEST)
        if width >= last - first:
            self._ask_zoom(None)
            return
        left = min(max(left, first), last - width)
        self._ask_zoom((left, left + width))

    def _ask_zoom(self, zoom: tuple[float, float] | None) -> None:
        self.show_zoom(zoom)
        self.zoomed.emit(zoom)

    def _restyle(self) -> None:
        """Colours of the theme of now."""
        self.plot.setBackground(QColor(Qt.GlobalColor.transparent))
        for axis in (self._up, self._along):
            axis.setPen(theme().colour("line"))
            axis.setTextPen(theme().colour("muted"))
            axis.setTickFont(font("small"))
            axis.setStyle(tickLength=0, tickTextOffset=6)
        title = {"time": "time of training"}.get(self._along.unit, self._along.unit)
        self._along.setLabel(title, color=theme().colours.muted, **{"font-size": "11px"})
        self.plot.showGrid(y=True, alpha=0.25)
        self._pointer.setPen(theme().colour("frame"))
        for curve in self._curves.values():
            curve.restyle()
        for level in self._levels.values():
            level.line.setPen(pen(level.role, level.dash, 1.5))
        self.legend.update()

    def _hover(self, position: QPointF) -> None:
        inside = self.box.sceneBoundingRect().contains(position)
        self._point(self.box.mapSceneToView(position).x() if inside else None)

    def _point(self, x: float | None) -> None:
        self._read_out(x)
        self.pointed.emit(self._at)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leaving the plot brings the last values back."""
        if event.type() == QEvent.Type.Leave:
            self._point(None)
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Zoom and read out without a mouse."""
        left, right = self.box.viewRange()[0]
        at = self._at if self._at is not None else right
        match event.key():
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.box.zoom(IN, self._at)
            case Qt.Key.Key_Minus:
                self.box.zoom(1 / IN, self._at)
            case Qt.Key.Key_Home:
                self._ask_zoom(None)
            case Qt.Key.Key_Left | Qt.Key.Key_Right if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self.box.move_by(0.25 if event.key() == Qt.Key.Key_Right else -0.25)
            case Qt.Key.Key_Left:
                self._point(max(left, at - max(1.0, KEY_MOVE * (right - left))))
            case Qt.Key.Key_Right:
                self._point(min(right, at + max(1.0, KEY_MOVE * (right - left))))
            case _:
                super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The plot's menu, by the right button or by the key."""
        if self.menu is not None:
            self.menu.popup(event.globalPos())

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what came while nobody could see it."""
        super().showEvent(event)
        self.draw()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A frame around the plot that has the focus."""
        if not self.hasFocus():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme().colour("accent"), 1.5))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        painter.end()

    def _read_out(self, x: float | None) -> None:
        """Values at the point nearest to `x`, or the last ones."""
        near = [place for c in self._curves.values() if x is not None and (place := c.place_near(x)) is not None]
        self._at = min(near, key=lambda place: abs(place - x)) if x is not None and near else None
        self._pointer.setVisible(self._at is not None)
        if self._at is not None:
            self._pointer.setValue(self._at)
        place = "" if self._at is None else place_words(self._at, self._along.unit)
        self.place.setText(place)
        drawn = any(len(curve.xs) for curve in self._curves.values())
        items = [
            CurveItem(name, curve.role, curve.dash, self._value_words(curve.value_at(self._at)))
            for name, curve in self._curves.items()
            if not curve.faint and (len(curve.xs) or not drawn)
        ]
        items += [CurveItem(name, lv.role, lv.dash, self._words(lv.value)) for name, lv in self._levels.items()]
        self.legend.show_items(place, items)
        self.setAccessibleDescription(", ".join(f"{item.title} {item.value}" for item in items))

    def _value_words(self, value: float | None) -> str:
        return "" if value is None else self._words(value)
