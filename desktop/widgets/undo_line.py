"""UndoLine: what was deleted last, and the button that brings it back."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.style import SPACE
from desktop.style.text import label
from desktop.widgets import buttons


class UndoLine(QWidget):
    """Hidden while nothing can be brought back.

    Signals:
        clicked(str): this one is wanted back.
    """

    clicked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = ""
        self.words = label(wrap=True, wide=True)
        self.back = buttons.secondary("Undo", icon="undo", tip="It can be brought back until the window closes")
        self.back.clicked.connect(lambda: self.clicked.emit(self._name))
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACE.s)
        line.addWidget(self.words, 1)
        line.addWidget(self.back)
        self.hide()

    def show_deleted(self, name: str, words: str) -> None:
        """Offer to bring `name` back; an empty one hides the line."""
        self._name = name
        self.words.setText(words if name else "")
        self.setVisible(bool(name))
