"""A place with nothing in it yet: says what to do and offers it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.style import SPACE
from desktop.style.text import label
from desktop.widgets import buttons
from desktop.widgets.icon_label import IconLabel

TEXT_WIDTH = 400


class EmptyState(QWidget):
    """Icon, title, a sentence and a button, in the middle.

    Signals:
        clicked(): the button was pressed.
    """

    clicked = Signal()

    def __init__(
        self, icon_name: str, title: str, text: str, button_text: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.sign = IconLabel(icon_name, role="muted", side=40)
        self.title = label(title, size="heading")
        self.text = label(text, role="muted", wrap=True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.text.setFixedWidth(min(TEXT_WIDTH, self.text.fontMetrics().horizontalAdvance(text) + SPACE.xs))
        self.text.setMinimumHeight(self.text.heightForWidth(self.text.width()))
        self.button = buttons.secondary(button_text)
        if not button_text:
            self.button.hide()
        self.button.clicked.connect(self.clicked)
        layout = QVBoxLayout(self)
        layout.setSpacing(SPACE.s)
        layout.addStretch(2)
        for part in (self.sign, self.title, self.text):
            layout.addWidget(part, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addSpacing(SPACE.s)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)
