"""A heading, a rule, and what belongs under it."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from desktop.style import SPACE
from desktop.style.text import label


class Section(QWidget):
    """`content` under `title`; no frame, for nothing is framed that does not need to be."""

    def __init__(self, title: str, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = label(title, size="heading")
        rule = QFrame()
        rule.setProperty("rule", True)
        rule.setFixedHeight(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE.s)
        layout.addWidget(self.title)
        layout.addWidget(rule)
        layout.addSpacing(SPACE.xs)
        layout.addWidget(content)
