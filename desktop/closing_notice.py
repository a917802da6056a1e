"""Said when the window closes during a run: that the run goes on, and where to find it again. Goes away by itself."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.state import ActiveRun
from desktop.style import SPACE
from desktop.style.text import label
from desktop.widgets.icon_label import IconLabel

SHOWN_MS = 4000


def closing_words(run: ActiveRun) -> tuple[str, str]:
    """A title and a sentence."""
    goes_on = "is paused and stays so" if run.state == "paused" else "goes on"
    return (f"Training {goes_on}", f"Open Tunesmith again to see it. In a terminal: tunesmith runs show {run.name}")


class ClosingNotice(QWidget):
    """A small window in the screen's corner.

    Signals:
        gone(): it has been shown long enough, or was clicked.
    """

    gone = Signal()

    def __init__(self, run: ActiveRun) -> None:
        flags = Qt.WindowType.Tool | Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint
        super().__init__(None, flags | Qt.WindowType.WindowDoesNotAcceptFocus)
        self.setObjectName("notice")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        title, text = closing_words(run)
        self.setAccessibleName(f"{title}. {text}")
        words = QVBoxLayout()
        words.setSpacing(SPACE.xs)
        words.addWidget(label(title, size="heading"))
        words.addWidget(label(text, role="muted"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE.l, SPACE.l, SPACE.xl, SPACE.l)
        layout.setSpacing(SPACE.m)
        layout.addWidget(IconLabel("train", role="accent", side=24), 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._go)

    def appear(self) -> None:
        """Show it in the lower right corner for four seconds."""
        self.adjustSize()
        corner = QGuiApplication.primaryScreen().availableGeometry().bottomRight()
        self.move(corner.x() - self.width() - SPACE.xl, corner.y() - self.height() - SPACE.xl)
        self.show()
        self._timer.start(SHOWN_MS)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click sends it away."""
        self._go()

    def _go(self) -> None:
        self._timer.stop()
        self.hide()
        self.gone.emit()
