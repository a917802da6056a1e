"""The curve of a learning-rate range test: loss over the rate, which rises by powers of ten, and the rate proposed."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.fit.learning_rate import HIGHEST, LOWEST
from desktop.style import SPACE
from desktop.style.text import font
from desktop.style.theme import theme

AXIS_HEIGHT = 20
TOP = 18
HEIGHT = 132
DECADES = range(round(math.log10(LOWEST)), round(math.log10(HIGHEST)) + 1)
LABELLED = (-6, -4, -2)  # the powers of ten that are named: more would not fit the column


class RateCurve(QWidget):
    """A line, a mark at the rate that is proposed, and the lowest and highest loss in words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.points: tuple[tuple[float, float], ...] = ()
        self._proposed: float | None = None
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Loss over learning rate")

    def sizeHint(self) -> QSize:
        """Wide and low."""
        return QSize(300, HEIGHT)

    def show_points(self, points: Sequence[tuple[float, float]], proposed: float | None) -> None:
        """Draw `points` of (learning rate, loss)."""
        if (tuple(points), proposed) == (self.points, self._proposed):
            return
        self.points, self._proposed = tuple(points), proposed
        losses = [loss for _, loss in self.points]
        words = f"loss from {max(losses):.2f} to {min(losses):.2f}" if losses else "nothing tried yet"
        self.setAccessibleDescription(words + (f", proposed {proposed:g}" if proposed is not None else ""))
        self.update()

    def _plot(self) -> QRectF:
        return QRectF(1, TOP, self.width() - 2, self.height() - TOP - AXIS_HEIGHT)

    def _x(self, rate: float, plot: QRectF) -> float:
        share = (math.log10(rate) - DECADES[0]) / (DECADES[-1] - DECADES[0])
        return plot.left() + share * plot.width()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Axis, line, mark."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font("small"))
        plot = self._plot()
        self._paint_axis(painter, plot)
        if len(self.points) > 1:
            self._paint_line(painter, plot)
        if self._proposed is not None:
            self._paint_mark(painter, plot, self._proposed)
        painter.end()

    def _paint_axis(self, painter: QPainter, plot: QRectF) -> None:
        painter.setPen(QPen(theme().colour("frame"), 1))
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        for power in DECADES:
            x = self._x(10.0**power, plot)
            painter.setPen(QPen(theme().colour("frame"), 1))
            painter.drawLine(QLineF(x, plot.bottom(), x, plot.bottom() - 4))
            if power in LABELLED:
                painter.setPen(theme().colour("muted"))
                words, width = f"{10.0**power:g}", 72.0
                left = min(max(0.0, x - width / 2), self.width() - width)
                side = Qt.AlignmentFlag.AlignLeft if power == DECADES[0] else Qt.AlignmentFlag.AlignHCenter
                painter.drawText(QRectF(left, plot.bottom() + 2, width, AXIS_HEIGHT - 2), side, words)

    def _paint_line(self, painter: QPainter, plot: QRectF) -> None:
        losses = [loss for _, loss in self.points]
        low, high = min(losses), max(losses)
        span = (high - low) or 1.0
        line = QPolygonF(
            [
                QPointF(self._x(rate, plot), plot.bottom() - SPACE.xs - (loss - low) / span * (plot.height() - SPACE.s))
                for rate, loss in self.points
            ]
        )
        painter.setPen(QPen(theme().colour("tuned"), 2))
        painter.drawPolyline(line)
        painter.setPen(theme().colour("muted"))
        painter.drawText(QRectF(plot.left(), 0, plot.width(), TOP), Qt.AlignmentFlag.AlignLeft, f"loss {high:.2f}")
        end = QRectF(plot.left(), 0, plot.width(), TOP)
        painter.drawText(end, Qt.AlignmentFlag.AlignRight, f"lowest {low:.2f}")

    def _paint_mark(self, painter: QPainter, plot: QRectF, rate: float) -> None:
        x = self._x(min(HIGHEST, max(LOWEST, rate)), plot)
        painter.setPen(QPen(theme().colour("accent"), 2, Qt.PenStyle.DashLine))
        painter.drawLine(QLineF(x, plot.top(), x, plot.bottom()))
        words = f"{rate:g}"
        width = QFontMetricsF(font("small")).horizontalAdvance(words) + 2
        inside = x + SPACE.xs + width < plot.right()  # where the loss has fallen, and leaves room
        left = x + SPACE.xs if inside else x - SPACE.xs - width
        painter.setPen(theme().colour("accent"))
        painter.drawText(QRectF(left, plot.top(), width, TOP), Qt.AlignmentFlag.AlignLeft, words)
