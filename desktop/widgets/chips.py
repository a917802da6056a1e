"""Short texts to press, as many as fit in one line."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from desktop.style import SPACE
from desktop.style.text import label
from desktop.widgets import buttons

MOST = 5


class Chips(QWidget):
    """A word and up to five texts; another handful comes with the button at the end.

    Signals:
        chosen(str): a text was pressed.
    """

    chosen = Signal(str)

    def __init__(self, word: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._texts: tuple[str, ...] = ()
        self._first = 0
        self._word = label(word, role="muted")
        self.chips = [self._chip() for _ in range(MOST)]
        self.others = buttons.quiet("", icon="refresh", tip="Other examples")
        self.others.clicked.connect(self._turn)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE.s)
        layout.addWidget(self._word)
        for chip in self.chips:
            layout.addWidget(chip)
        layout.addWidget(self.others)
        layout.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_texts(self, texts: tuple[str, ...]) -> None:
        """Offer these."""
        if texts != self._texts:
            self._texts = texts
            self._first = 0
            self._fill()

    def allow(self, enabled: bool) -> None:
        """Whether they can be pressed now."""
        for chip in self.chips:
            chip.setEnabled(enabled)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many as fit."""
        super().resizeEvent(event)
        self._fill()

    def _chip(self) -> QPushButton:
        chip = buttons.secondary("")
        chip.clicked.connect(lambda: self.chosen.emit(chip.text()))
        return chip

    def _turn(self) -> None:
        shown = sum(not chip.isHidden() for chip in self.chips)
        self._first = (self._first + shown) % max(1, len(self._texts))
        self._fill()

    def _fill(self) -> None:
        room = self.width() - self._word.sizeHint().width() - self.others.sizeHint().width() - 2 * SPACE.s
        count = min(MOST, len(self._texts))
        for place, chip in enumerate(self.chips):
            if place < count:
                text = self._texts[(self._first + place) % len(self._texts)]
                chip.setText(text)
                chip.setAccessibleName(text)
                room -= chip.sizeHint().width() + SPACE.s
            chip.setVisible(place < count and room >= 0)
