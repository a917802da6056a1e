"""ProgressLine: how far something is, as a thin line without words."""

from __future__ import annotations

from PySide6.QtWidgets import QProgressBar, QWidget


class ProgressLine(QProgressBar):
    """A bar that is painted with everything else.

    A QProgressBar paints itself within `setValue`, and with it whatever in the window waits to be painted: so the turn
    of the event loop that tells a number would take as long as painting the page does.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextVisible(False)

    def show_share(self, done: int, total: int) -> None:
        """`done` of `total`; a total of 0 gives a bar that only moves."""
        if (self.minimum(), self.maximum(), self.value()) == (0, total, min(done, total)):
            return
        self.setUpdatesEnabled(False)
        self.setRange(0, total)
        self.setValue(min(done, total))
        self.setUpdatesEnabled(True)
