"""The top of every page: title, one plain sentence, the primary button at the right."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.style import PRIMARY, SPACE
from desktop.style.text import label
from desktop.widgets import buttons


class ShowsButton(Protocol):
    """What the header needs to know of the primary button."""

    @property
    def text(self) -> str:
        """Its words."""

    @property
    def enabled(self) -> bool:
        """Whether it can be pressed."""

    @property
    def why_not(self) -> str:
        """What is missing if it cannot."""


class PageHeader(QWidget):
    """Title, sentence, primary button."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = label(title, size="title")
        self.sentence = label()
        self.sentence.setWordWrap(True)
        self.sentence.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.primary = buttons.primary("")
        words = QVBoxLayout()
        words.setSpacing(SPACE.xs)
        words.addWidget(self.title)
        words.addWidget(self.sentence)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE.xl)
        layout.addLayout(words, 1)
        layout.addWidget(self.primary, 0, Qt.AlignmentFlag.AlignTop)
        self.setMinimumHeight(PRIMARY + SPACE.l)

    def show_sentence(self, text: str) -> None:
        """The state in one sentence."""
        self.sentence.setText(text)

    def show_primary(self, primary: ShowsButton | None) -> None:
        """The button as it is now; a disabled one says why on hover and to screen readers."""
        self.primary.setVisible(primary is not None)
        if primary is None:
            return
        self.primary.setText(primary.text)
        self.primary.setEnabled(primary.enabled)
        self.primary.setAccessibleName(primary.text)
        self.primary.setToolTip("Ctrl+Enter" if primary.enabled else primary.why_not)
        self.primary.setAccessibleDescription("" if primary.enabled else primary.why_not)
