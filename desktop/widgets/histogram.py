"""How many rows are how long, with the limit drawn on it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from desktop.style import SPACE
from desktop.style.text import font
from desktop.style.theme import theme
from desktop.widgets.fit_bar_paint import hatch

AXIS_HEIGHT = 20
TOP = 18
MOST_BINS = 40
NICE_STEPS = (1, 2, 5)


def bin_width(largest: int, most_bins: int = MOST_BINS) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50, … that covers 0 to `largest` in at most `most_bins` bins."""
    power = 1
    while True:
        for step in NICE_STEPS:
            if largest < step * power * most_bins:
                return step * power
        power *= 10


def counts(values: Sequence[int], width: int) -> list[int]:
    """How many values lie in each bin of `width`, from 0."""
    found = [0] * (max(values, default=0) // width + 1)
    for value in values:
        found[value // width] += 1
    return found


class Histogram(QWidget):
    """Columns of counts; what lies past the limit is hatched in warning."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: list[int] = []
        self._counts: list[int] = []
        self._bin = 1
        self._limit = 0
        self._unit = ""
        self.setMinimumHeight(120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def sizeHint(self) -> QSize:
        """Wide and low."""
        return QSize(360, 140)

    def show_values(self, values: Sequence[int], *, limit: int, unit: str) -> None:
        """Show `values` (counted in `unit`) with a line at `limit` (0: none)."""
        self._values = list(values)
        self._limit = limit
        self._unit = unit
        self._bin = bin_width(max(self._values, default=0))
        self._counts = counts(self._values, self._bin) if self._values else []
        past = sum(value > limit for value in self._values) if limit else 0
        self.setAccessibleName(f"Lengths in {unit}")
        self.setAccessibleDescription(
            f"{len(self._values)} rows, {min(self._values, default=0)} to {max(self._values, default=0)} {unit}, "
            f"{past} longer than {limit}."
        )
        self.update()

    def _plot(self) -> QRectF:
        return QRectF(0, TOP, self.width(), self.height() - TOP - AXIS_HEIGHT)

    def _span(self) -> float:
        """The axis ends with the data, or at the limit where that is near."""
        data = self._bin * max(1, len(self._counts))
        return float(max(data, self._limit * 1.04 if self._limit <= 2 * data else 0))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Columns, axis, limit."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font("small"))
        plot = self._plot()
        self._paint_columns(painter, plot)
        painter.setPen(QPen(theme().colour("frame"), 1))
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        self._paint_axis(painter, plot)
        if self._limit and self._values:
            self._paint_limit(painter, plot)
        painter.end()

    def _paint_columns(self, painter: QPainter, plot: QRectF) -> None:
        highest = max(self._counts, default=0)
        scale = plot.width() / self._span()
        for index, count in enumerate(self._counts):
            if not count:
                continue
            height = max(2.0, plot.height() * count / highest)
            left = plot.left() + index * self._bin * scale
            rect = QRectF(left + 0.5, plot.bottom() - height, max(1.0, self._bin * scale - 1), height)
            if self._limit and index * self._bin >= self._limit:
                hatch(painter, rect, theme().colour("warning"))
            else:
                painter.fillRect(rect, theme().colour("base"))

    def _paint_axis(self, painter: QPainter, plot: QRectF) -> None:
        painter.setPen(theme().colour("muted"))
        below = QRectF(plot.left(), plot.bottom() + 2, plot.width(), AXIS_HEIGHT - 2)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, "0")
        end = f"{self._span():,.0f} {self._unit}"
        painter.drawText(below, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, end)
        if self._counts:
            most = f"{max(self._counts):,} rows"
            painter.drawText(QRectF(plot.left(), 0, plot.width(), TOP), Qt.AlignmentFlag.AlignLeft, most)

    def _paint_limit(self, painter: QPainter, plot: QRectF) -> None:
        metrics = QFontMetricsF(font("small"))
        x = self._limit * plot.width() / self._span()
        inside = x <= plot.width()
        words = f"limit {self._limit:,}" + ("" if inside else " (further right)")
        width = metrics.horizontalAdvance(words)
        if inside:
            painter.setPen(QPen(theme().colour("warning"), 2, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, TOP - 2), QPointF(x, plot.bottom()))
        left = min(max(SPACE.xs + width, x - SPACE.xs), plot.width()) - width
        painter.setPen(theme().colour("warning" if inside else "muted"))
        painter.drawText(QRectF(left, 0, width + 2, TOP), Qt.AlignmentFlag.AlignLeft, words)

    def event(self, event: QEvent) -> bool:
        """Hovering tells the column under the pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = int(event.pos().x() / self.width() * self._span() / self._bin)
            if 0 <= index < len(self._counts):
                low = index * self._bin
                words = f"{low:,} to {low + self._bin - 1:,} {self._unit}: {self._counts[index]:,} rows"
                QToolTip.showText(event.globalPos(), words)
                return True
        return super().event(event)
