"""What the marks in the preview mean, each shown on its own words."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent, QTextCursor, QTextDocument
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.style import SPACE
from desktop.style.text import font
from desktop.style.theme import theme
from desktop.widgets.preview_text import piece_format

MARKS = (
    ("trained on", True, False, "The loss counts these tokens: this is what the model learns to say."),
    ("read only", False, False, "The model reads these tokens and is not trained to say them."),
    ("cut off", False, True, "Beyond the longest sequence: the model never sees these tokens."),
)


class PreviewLegend(QWidget):
    """The three marks in a line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE.m)
        for words, trained, cut, tip in MARKS:
            layout.addWidget(_Mark(words, trained=trained, cut=cut, tip=tip))


class _Mark(QWidget):
    def __init__(self, words: str, *, trained: bool, cut: bool, tip: str) -> None:
        super().__init__()
        self._words = words
        self._trained = trained
        self._cut = cut
        self.setFont(font("small"))
        self.setToolTip(tip)
        self.setAccessibleName(words)
        self.setAccessibleDescription(tip)
        self.setFixedSize(self.sizeHint())

    def sizeHint(self) -> QSize:
        """As large as the words."""
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._words) + SPACE.s, metrics.height() + SPACE.xs)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The words as they look in the preview."""
        document = QTextDocument()
        document.setDefaultFont(self.font())
        document.setDocumentMargin(SPACE.xs / 2)
        QTextCursor(document).insertText(self._words, piece_format(trained=self._trained, cut=self._cut))
        painter = QPainter(self)
        painter.setPen(theme().colour("text"))
        document.drawContents(painter)
        painter.end()
