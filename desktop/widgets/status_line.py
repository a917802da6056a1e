"""The line at the bottom: the card, its memory used and free as a thin bar, the running job."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from core.fit.words import format_bytes
from desktop.state import ActiveRun, AppState
from desktop.style import SPACE
from desktop.style.metrics import STATUS_HEIGHT
from desktop.style.text import label
from desktop.style.theme import theme
from desktop.widgets import buttons
from desktop.widgets.durations import format_left

BAR_WIDTH = 120


class StatusLine(QWidget):
    """Card, memory, job.

    Signals:
        job_clicked(): the person wants to see the running job.
    """

    job_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Status")
        self.setFixedHeight(STATUS_HEIGHT)
        self.card = label("Looking at this computer", size="small")
        self.bar = ThinBar()
        self.memory = label(size="small", role="muted")
        self.job = buttons.quiet("")
        self.job.setFont(self.card.font())
        self.job.clicked.connect(self.job_clicked)
        self.job.hide()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE.l, 0, SPACE.s, 0)
        layout.setSpacing(SPACE.s)
        for part in (self.card, self.bar, self.memory):
            layout.addWidget(part)
        layout.addStretch(1)
        layout.addWidget(self.job)

    def show_state(self, state: AppState) -> None:
        """Show the machine of now and the run under way."""
        self._show_memory(state)
        self.job.setVisible(state.active is not None)
        if state.active is not None:
            self.job.setText(job_words(state.active))
            self.job.setAccessibleName(f"Show the running job: {job_words(state.active)}")

    def _show_memory(self, state: AppState) -> None:
        machine, live = state.machine, state.live
        self.bar.setVisible(live is not None)
        self.memory.setVisible(live is not None)
        if machine is not None:
            self.card.setText(machine.gpus[0].name if machine.gpus else "RAM (no NVIDIA card)")
        if live is None:
            return
        on_card = live.gpu_total_bytes is not None and live.gpu_used_bytes is not None
        used = live.gpu_used_bytes if on_card else live.ram_used_bytes
        total = live.gpu_total_bytes if on_card else live.ram_total_bytes
        self.bar.show_share((used or 0) / max(1, total or 0))
        words = f"{format_bytes(used or 0)} used, {format_bytes((total or 0) - (used or 0))} free"
        self.memory.setText(words)
        self.bar.setAccessibleName(f"Memory: {words}")


def job_words(run: ActiveRun) -> str:
    """“Training 2026-11-24-1, step 40 of 120, 2 min left”."""
    doing = {"starting": "Starting", "paused": "Paused"}.get(run.state, "Training")
    parts = [f"{doing} {run.name}"]
    if run.steps_total:
        parts.append(f"step {run.step:,} of {run.steps_total:,}")
    if run.left_s and run.state == "running":
        parts.append(format_left(run.left_s))
    return ", ".join(parts)


class ThinBar(QWidget):
    """A share, 0 to 1, as a bar 4 high."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.share = 0.0
        self.setFixedSize(BAR_WIDTH, 4)

    def show_share(self, share: float) -> None:
        """Show `share`."""
        if share != self.share:
            self.share = share
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ground and fill."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for share, role in ((1.0, "line"), (self.share, "accent")):
            path = QPainterPath()
            path.addRoundedRect(QRectF(0, 0, self.width() * share, 4), 2, 2)
            painter.fillPath(path, theme().colour(role))
        painter.end()
