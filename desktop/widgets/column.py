"""A column that is never lower than its wrapped words need at its width."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget


class Column(QWidget):
    """`rows` is the layout that takes its widgets.

    A splitter does not ask how high a widget must be at its width, so that words which wrap there would squeeze the
    rows above them.
    """

    def __init__(self, spacing: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(0, 0, 0, 0)
        self.rows.setSpacing(spacing)

    def event(self, event: QEvent) -> bool:
        """Something in it changed its size."""
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._grow()
        return done

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The words wrap anew."""
        super().resizeEvent(event)
        self._grow()

    def _grow(self) -> None:
        needed = self.rows.minimumHeightForWidth(self.width()) if self.rows.hasHeightForWidth() else 0
        self.setMinimumHeight(max(needed, self.rows.minimumSize().height()))
