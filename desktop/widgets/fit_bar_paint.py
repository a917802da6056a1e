"""Painting the fit bar."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen

from core.fit.words import format_bytes
from desktop.style import RADIUS, SPACE
from desktop.style.colours import ink_on
from desktop.style.text import font as scaled_font
from desktop.style.theme import theme
from desktop.widgets.fit_bar_layout import Segment, end_of_card

if TYPE_CHECKING:
    from desktop.widgets.fit_bar import FitValues

BAR_HEIGHT = 44
SCALE_HEIGHT = 18
HATCH_STEP = 7.0
DOT_STEP = 5.0
NARROWEST_WORDS = 20.0  # no size is shorter: such parts need not be measured


def paint_bar(painter: QPainter, area: QRectF, values: FitValues | None, drawn: list[Segment], font: QFont) -> None:
    """The bar in `area`, its scale underneath."""
    shape = QPainterPath()
    shape.addRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
    painter.fillPath(shape, theme().colour("raised"))
    if values is not None:
        painter.save()
        painter.setClipPath(shape)
        for segment in drawn:
            _paint_segment(painter, _rect_of(segment, area), segment)
        painter.restore()
    painter.setPen(QPen(theme().colour("frame"), 1))
    painter.drawPath(shape)
    if values is None:
        return
    _paint_words(painter, area, drawn)
    if values.measured_bytes is not None:
        _paint_measured(painter, area, values)
    _paint_end(painter, area, values)


def _rect_of(segment: Segment, area: QRectF) -> QRectF:
    return QRectF(area.left() + segment.left, area.top(), segment.width, area.height())


def _paint_segment(painter: QPainter, rect: QRectF, segment: Segment) -> None:
    if segment.kind == "term":
        painter.fillRect(rect, theme().colour_of_term(segment.name))
        painter.setPen(QPen(theme().colour("raised"), 1))
        painter.drawLine(rect.topRight(), rect.bottomRight())
    elif segment.kind == "held":
        hatch(painter, rect, theme().colour("held"))
    elif segment.kind == "reserve":
        dots(painter, rect, theme().colour("held"))
    elif segment.kind == "over":
        veil = theme().colour("raised")
        veil.setAlphaF(0.72)
        painter.fillRect(rect, veil)
        hatch(painter, rect, theme().colour("danger"), width=2.0)


def hatch(painter: QPainter, rect: QRectF, colour: QColor, width: float = 1.2) -> None:
    """Slanted lines in `rect`: a pattern, so that the part is told without its colour."""
    painter.save()
    painter.setClipRect(rect, Qt.ClipOperation.IntersectClip)
    tint = QColor(colour)
    tint.setAlphaF(0.16)
    painter.fillRect(rect, tint)
    painter.setPen(QPen(colour, width))
    count = math.ceil((rect.width() + rect.height()) / HATCH_STEP)
    starts = [rect.left() - rect.height() + HATCH_STEP * number for number in range(count)]
    painter.drawLines([QLineF(x, rect.bottom(), x + rect.height(), rect.top()) for x in starts])
    painter.restore()


def dots(painter: QPainter, rect: QRectF, colour: QColor) -> None:
    """Dots in `rect`: kept, but held by nobody."""
    painter.save()
    painter.setClipRect(rect, Qt.ClipOperation.IntersectClip)
    pen = QPen(colour, 2.0)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    across, down = (math.ceil(side / DOT_STEP - 0.5) for side in (rect.width(), rect.height()))
    painter.drawPoints(
        [
            QPointF(rect.left() + DOT_STEP * (column + 0.5), rect.top() + DOT_STEP * (row + 0.5))
            for column in range(across)
            for row in range(down)
        ]
    )
    painter.restore()


def _paint_words(painter: QPainter, area: QRectF, drawn: list[Segment]) -> None:
    """Sizes inside the parts that have room for them, with the title above where that fits too."""
    small = scaled_font("small")
    metrics = QFontMetricsF(small)
    painter.setFont(small)
    end = next((area.left() + s.left for s in drawn if s.kind == "over"), area.right())
    for segment in drawn:
        rect = _rect_of(segment, area).adjusted(SPACE.s, 0, -SPACE.s, 0)
        if segment.kind == "term":
            rect.setRight(min(rect.right(), end - SPACE.s))
        if rect.width() < NARROWEST_WORDS:
            continue
        size = format_bytes(segment.size_bytes)
        lines = [segment.title, size] if metrics.horizontalAdvance(segment.title) <= rect.width() else [size]
        if max(metrics.horizontalAdvance(line) for line in lines) > rect.width():
            continue
        if segment.kind in ("held", "reserve", "over"):
            _paint_plate(painter, rect, lines, metrics)
        painter.setPen(_ink(segment))
        align = Qt.AlignmentFlag.AlignRight if segment.kind == "free" else Qt.AlignmentFlag.AlignLeft
        painter.drawText(rect, align | Qt.AlignmentFlag.AlignVCenter, "\n".join(lines))


def _paint_plate(painter: QPainter, rect: QRectF, lines: list[str], metrics: QFontMetricsF) -> None:
    """A plain ground under words on a hatch."""
    width = max(metrics.horizontalAdvance(line) for line in lines) + SPACE.s
    height = metrics.lineSpacing() * len(lines) + SPACE.xs
    plate = QRectF(rect.left() - SPACE.xs, rect.center().y() - height / 2, width, height)
    path = QPainterPath()
    path.addRoundedRect(plate, 3, 3)
    painter.fillPath(path, theme().colour("raised"))


def _ink(segment: Segment) -> QColor:
    if segment.kind == "term":
        return QColor(ink_on(theme().colour_of_term(segment.name).name()))
    return theme().colour("danger" if segment.kind == "over" else "text")


def _paint_measured(painter: QPainter, area: QRectF, values: FitValues) -> None:
    """Measured over predicted: a bracket along the lower edge, from where the run's memory begins to where it ends."""
    end = end_of_card(values, area.width())
    scale = end / max(1, values.capacity_bytes)
    left = area.left() + min(end, values.held_bytes * scale)
    right = min(area.right(), left + max(SPACE.xs, (values.measured_bytes or 0) * scale))
    y = area.bottom() - 5
    for colour, width in ((theme().colour("raised"), 5.0), (theme().colour("text"), 2.0)):
        pen = QPen(colour, width)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.drawLine(QPointF(left, y), QPointF(right, y))
        painter.drawLine(QPointF(right, area.top() + SPACE.xs), QPointF(right, y + 1))


def _paint_end(painter: QPainter, area: QRectF, values: FitValues) -> None:
    """The card's end, a hard line with its size, and the zero."""
    end = area.left() + end_of_card(values, area.width())
    over = values.free_bytes < 0
    colour = theme().colour("danger" if over else "text")
    painter.fillRect(QRectF(min(end, area.right()) - 3, area.top(), 3, area.height() + SPACE.xs), colour)
    painter.setFont(scaled_font("small"))
    name = f"{values.capacity_name}, " if values.capacity_name else ""
    words = f"{name}{format_bytes(values.capacity_bytes)}"
    below = QRectF(area.left(), area.bottom() + 3, end - area.left() - SPACE.xs - 3, SCALE_HEIGHT - 3)
    painter.setPen(theme().colour("muted"))
    painter.drawText(below, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)
    painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, "0")


def swatch(painter: QPainter, rect: QRectF, name: str, look: str) -> None:
    """The sign of a part in the legend: a filled, hatched, dotted or framed square, or a line."""
    if look == "line":
        painter.fillRect(QRectF(rect.left(), rect.center().y() - 1, rect.width(), 2), theme().colour("text"))
        painter.fillRect(QRectF(rect.right() - 2, rect.top(), 2, rect.height()), theme().colour("text"))
        return
    path = QPainterPath()
    path.addRoundedRect(rect, 2, 2)
    if look == "solid":
        painter.fillPath(path, QBrush(theme().colour_of_term(name)))
    elif look == "hatch":
        hatch(painter, rect, theme().colour("danger" if name == "over" else "held"))
    elif look == "dots":
        dots(painter, rect, theme().colour("held"))
    if look != "solid":
        painter.setPen(QPen(theme().colour("frame"), 1))
        painter.drawPath(path)
