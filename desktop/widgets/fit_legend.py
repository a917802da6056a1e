"""The fit bar's legend: sign, title and size of every part; wraps."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.fit.words import format_bytes
from desktop.style import SPACE
from desktop.style.text import font
from desktop.style.theme import theme
from desktop.widgets.fit_bar_paint import swatch
from desktop.widgets.lines import places_in_lines

SIDE = 10.0
LINE = 20.0


class LegendItem(NamedTuple):
    """One part of the bar. `look`: solid, hatch, dots, frame or line."""

    title: str
    size_bytes: int
    name: str
    look: str


class FitLegend(QWidget):
    """Items in lines that break where the width ends."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.items: list[LegendItem] = []
        self._placed: list[tuple[QRectF, LegendItem]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(round(LINE))

    def show_items(self, items: list[LegendItem]) -> None:
        """Show `items`."""
        self.items = items
        self._fit_height()
        self.update()

    def sizeHint(self) -> QSize:
        """As high as its lines need."""
        return QSize(240, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the lines anew."""
        super().resizeEvent(event)
        self._fit_height()

    def _fit_height(self) -> None:
        self._placed = self._places()
        lines = 1 + round(max((place.top() for place, _ in self._placed), default=0.0) / LINE)
        if self.height() != round(lines * LINE):
            self.setFixedHeight(round(lines * LINE))

    def _places(self) -> list[tuple[QRectF, LegendItem]]:
        metrics = QFontMetricsF(font("small"))
        words = (f"{item.title}  {format_bytes(item.size_bytes)}" for item in self.items)
        widths = [SIDE + SPACE.s + metrics.horizontalAdvance(text) for text in words]
        places = places_in_lines(widths, self.width(), SPACE.l, LINE)
        return [
            (QRectF(x, y, width, LINE), item) for (x, y), width, item in zip(places, widths, self.items, strict=True)
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the items."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font("small"))
        metrics = QFontMetricsF(font("small"))
        for place, item in self._placed:
            square = QRectF(place.left() + 0.5, place.center().y() - SIDE / 2, SIDE, SIDE)
            swatch(painter, square, item.name, item.look)
            words = place.adjusted(SIDE + SPACE.s, 0, SPACE.s, 0)
            centre = Qt.AlignmentFlag.AlignVCenter
            painter.setPen(theme().colour("danger" if item.name == "over" else "muted"))
            painter.drawText(words, centre, item.title)
            words.setLeft(words.left() + metrics.horizontalAdvance(f"{item.title}  "))
            painter.setPen(theme().colour("danger" if item.name == "over" else "text"))
            painter.drawText(words, centre, format_bytes(item.size_bytes))
        painter.end()
