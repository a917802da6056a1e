"""The chosen file in a line: its name, where it lies, and what can be done."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.style import SPACE
from desktop.style.text import label
from desktop.widgets import buttons
from desktop.widgets.elided import ElidedLabel
from desktop.widgets.icon_label import IconLabel


class FileLine(QWidget):
    """Name and place at the left, buttons at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = label(semibold=True)
        self.place = ElidedLabel(role="muted", middle=True)
        self.cancel = buttons.secondary("Cancel", icon="stop", tip="Stop reading (Esc)")
        self.again = buttons.quiet("", icon="refresh", tip="Read the file again")
        self.sample = buttons.secondary("Use the sample", icon="row")
        self.open = buttons.secondary(
            "Open …", icon="folder", tip="Open a data file (Ctrl+O), or drop one onto this page"
        )
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE.s)
        layout.addWidget(IconLabel("data", role="muted", side=20))
        layout.addWidget(self.name)
        layout.addWidget(self.place, 1)
        for button in (self.cancel, self.again, self.sample, self.open):
            layout.addWidget(button)
