"""Labels on the type scale. Figures are tabular everywhere, by the application's font."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication, QLabel, QSizePolicy, QWidget

from desktop.style.metrics import LINE_LENGTH, SIZE

Size = Literal["small", "body", "heading", "title"]


def font(size: Size = "body", *, semibold: bool | None = None) -> QFont:
    """The system's font on the scale; headings and titles are semibold unless told otherwise."""
    made = QFont(QApplication.font())
    made.setPixelSize(getattr(SIZE, size))
    heavy = size in ("heading", "title") if semibold is None else semibold
    made.setWeight(QFont.Weight.DemiBold if heavy else QFont.Weight.Normal)
    return made


def label(
    text: str = "",
    *,
    size: Size = "body",
    role: str = "",
    semibold: bool | None = None,
    wrap: bool = False,
    wide: bool = False,
) -> QLabel:
    """A label of plain text. With `wrap` it is at most 72 characters wide and may grow downwards; with `wide` as well
    it is as wide as its place, for one line that had better not break."""
    made = _Lines(text) if wrap and not wide else QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setFont(font(size, semibold=semibold))
    if wrap:
        made.setWordWrap(True)
        if not wide:
            made.setMaximumWidth(made.fontMetrics().averageCharWidth() * LINE_LENGTH)
        made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    if role:
        made.setProperty("role", role)
    return made


class _Lines(QLabel):
    """Wrapped words with a greatest width. Layouts ask how high they are at the width of the place, however wide."""

    def heightForWidth(self, width: int) -> int:
        """The height at the width that the words will have."""
        return super().heightForWidth(min(width, self.maximumWidth()))


def set_role(widget: QWidget, role: str) -> None:
    """Change what a widget's words mean (`ok`, `danger`, …), and so their colour."""
    if widget.property("role") != role:
        widget.setProperty("role", role)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
