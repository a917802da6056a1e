"""How the chat's two columns are told apart: base is blue and dashed, tuned is orange and solid, as in the plots."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from core.events import Column
from desktop.style import SPACE
from desktop.style.text import label
from desktop.style.theme import theme
from desktop.widgets.elided import ElidedLabel

BAR = 3
HEADER_HEIGHT = 36
TITLES: dict[Column, str] = {"base": "Base", "tuned": "Tuned"}


def column_pen(column: Column) -> QPen:
    """The line of a column: its colour, dashed for the base."""
    pen = QPen(theme().colour(column), BAR)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    if column == "base":
        pen.setDashPattern([3, 1.5])
    return pen


def column_tint(column: Column) -> QColor:
    """A surface with a breath of the column's colour, on which text keeps its contrast."""
    colours = (theme().colour("raised"), theme().colour(column))
    share = 0.12 if theme().is_dark else 0.06
    red, green, blue = (
        round((1 - share) * getattr(colours[0], part)() + share * getattr(colours[1], part)())
        for part in ("red", "green", "blue")
    )
    return QColor(red, green, blue)


class ColumnHeader(QWidget):
    """The head of a column: its word, the name of what answers there, and its line below."""

    def __init__(self, column: Column, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column: Column = column
        self.title = label(TITLES[column], size="heading", role=column)
        self.name = ElidedLabel(role="muted")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, SPACE.s + BAR)
        layout.setSpacing(SPACE.s)
        layout.addWidget(self.title)
        layout.addWidget(self.name, 1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEADER_HEIGHT)

    def show_name(self, name: str) -> None:
        """Say which model or run answers."""
        self.name.show_text(name)
        self.setAccessibleName(f"{TITLES[self._column]}: {name}")

    def paintEvent(self, event: QPaintEvent) -> None:
        """The line below."""
        painter = QPainter(self)
        painter.setPen(column_pen(self._column))
        y = self.height() - BAR / 2
        painter.drawLine(QLineF(0, y, self.width(), y))
        painter.end()


class ColumnSurface(QWidget):
    """A tinted surface with the column's line at its left; answers stand on it."""

    def __init__(self, column: Column, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column: Column = column

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tint and line."""
        painter = QPainter(self)
        painter.fillRect(QRectF(self.rect()), column_tint(self._column))
        painter.setPen(column_pen(self._column))
        painter.drawLine(QLineF(BAR / 2, 0, BAR / 2, self.height()))
        painter.end()
