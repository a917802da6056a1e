"""The top of every page: title, one plain sentence, the primary button at the right, at times another beside it."""

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
    """Title, sentence, primary button and what may stand beside it."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = label(title, size="title")
        self.sentence = label()
        self.sentence.setWordWrap(True)
        self.sentence.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.primary = buttons.primary("")
        self.secondary = buttons.secondary("")
        self.secondary.hide()
        words = QVBoxLayout()
        words.setSpacing(SPACE.xs)
        words.addWidget(self.title)
        words.addWidget(self.sentence)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE.xl)
        layout.addLayout(words, 1)
        actions = QHBoxLayout()
        actions.setSpacing(SPACE.s)
        actions.addWidget(self.secondary)
        actions.addWidget(self.primary)
        layout.addLayout(actions)
        layout.setAlignment(actions, Qt.AlignmentFlag.AlignTop)
        self.setMinimumHeight(PRIMARY + SPACE.l)

    def show_sentence(self, text: str) -> None:
        """The state in one sentence."""
        self.sentence.setText(text)

    def show_secondary(self, secondary: ShowsButton | None) -> None:
        """The button beside the primary one as it is now; `why_not` explains it, also where it can be pressed."""
        self.secondary.setVisible(secondary is not None)
        if secondary is None:
            return
        self.secondary.setText(secondary.text)
        self.secondary.setEnabled(secondary.enabled)
        self.secondary.setAccessibleName(secondary.text)
        self.secondary.setToolTip(secondary.why_not)
        self.secondary.setAccessibleDescription(secondary.why_not)

    def show_primary(self, primary: ShowsButton | None) -> None:
        """The button as it is now; a disabled one says why on hover and to screen readers, an enabled one what for."""
        self.primary.setVisible(primary is not None)
        if primary is None:
            return
        self.primary.setText(primary.text)
        self.primary.setEnabled(primary.enabled)
        self.primary.setAccessibleName(primary.text)
        keys = "Ctrl+Enter" if primary.enabled else ""
        self.primary.setToolTip(f"{primary.why_not} ({keys})" if primary.why_not and keys else primary.why_not or keys)
        self.primary.setAccessibleDescription(primary.why_not)
