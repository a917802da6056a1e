"""A plot's legend and read-out in one: each curve's dash, name, and value where the pointer is (else the last one)."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.style import SPACE
from desktop.style.text import font
from desktop.style.theme import theme
from desktop.widgets.lines import places_in_lines

LINE = 20.0
SAMPLE = 18.0

DASHES: dict[str, list[float]] = {"solid": [], "dash": [4, 2.5], "dot": [1, 2], "dashdot": [5, 2, 1, 2]}
"""Dash patterns by name, in pen widths; curves are told apart by them and not by colour alone."""


def pen(role: str, dash: str, width: float = 2.0) -> QPen:
    """A pen in the theme's colour for `role`."""
    made = QPen(theme().colour(role), width)
    made.setCosmetic(True)
    made.setCapStyle(Qt.PenCapStyle.FlatCap)
    made.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if DASHES[dash]:
        made.setDashPattern(DASHES[dash])
    return made


@dataclass(frozen=True)
class CurveItem:
    """One curve in the legend."""

    title: str
    role: str
    dash: str
    value: str = ""


class CurveLegend(QWidget):
    """Items in lines that break where the width ends."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.place = ""
        self.items: list[CurveItem] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(round(LINE))

    def show_items(self, place: str, items: list[CurveItem]) -> None:
        """Show `items`, as read at `place` (“step 40”, or empty for the last values)."""
        if (place, items) == (self.place, self.items):
            return
        self.place, self.items = place, items
        self._fit_height()
        self.update()

    def sizeHint(self) -> QSize:
        """As high as its lines need."""
        return QSize(160, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the lines anew."""
        super().resizeEvent(event)
        self._fit_height()

    def _fit_height(self) -> None:
        lines = 1 + round(max((y for _, y, _ in self._places()), default=0.0) / LINE)
        if self.height() != round(lines * LINE):
            self.setFixedHeight(round(lines * LINE))

    def _places(self) -> list[tuple[float, float, CurveItem]]:
        metrics = QFontMetricsF(font("small"))
        words = (f"{item.title} {item.value}" for item in self.items)
        widths = [SAMPLE + SPACE.s + metrics.horizontalAdvance(text) for text in words]
        places = places_in_lines(widths, self.width(), SPACE.m, LINE)
        return [(x, y, item) for (x, y), item in zip(places, self.items, strict=True)]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Dash, name, value."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font("small"))
        metrics = QFontMetricsF(font("small"))
        for x, y, item in self._places():
            painter.setPen(pen(item.role, item.dash))
            painter.drawLine(QPointF(x, y + LINE / 2), QPointF(x + SAMPLE, y + LINE / 2))
            words = QRectF(x + SAMPLE + SPACE.s, y, self.width(), LINE)
            painter.setPen(theme().colour("muted"))
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, item.title)
            painter.setPen(theme().colour("text"))
            words.setLeft(words.left() + metrics.horizontalAdvance(f"{item.title} "))
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, item.value)
        painter.end()
