"""Something that is there when it is wanted: a line that opens and closes what lies below it."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from desktop.icons import icon
from desktop.style import SPACE


class Fold(QWidget):
    """A heading to press and, below it, `content`; closed at first."""

    def __init__(self, title: str, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.content = content
        self.handle = QPushButton(title)
        self.handle.setProperty("kind", "quiet")
        self.handle.setCheckable(True)
        self.handle.setAutoDefault(False)
        self.handle.setIconSize(QSize(12, 12))
        self.handle.setAccessibleName(title)
        self.handle.setStyleSheet("text-align: left;")
        self.handle.toggled.connect(self._toggled)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE.s)
        layout.addWidget(self.handle)
        layout.addWidget(content)
        self._toggled(False)

    @property
    def is_open(self) -> bool:
        """Whether the content is shown."""
        return self.handle.isChecked()

    def set_open(self, on: bool) -> None:
        """Open or close it."""
        self.handle.setChecked(on)

    def _toggled(self, on: bool) -> None:
        self.content.setVisible(on)
        self.handle.setIcon(icon("chevron-down" if on else "chevron-right"))
        self.handle.setAccessibleDescription("open" if on else "closed")
