"""How far something is that takes a while: words, a thin bar, and what is left."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from core.events import Progress
from core.fit.words import format_bytes
from desktop.style import SPACE
from desktop.style.text import label
from desktop.widgets.durations import format_left
from desktop.widgets.progress_line import ProgressLine


class BusyLine(QWidget):
    """Hidden while nothing is under way."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = label()
        self.amount = label(role="muted")
        self.bar = ProgressLine()
        line = QHBoxLayout()
        line.addWidget(self.words, 1)
        line.addWidget(self.amount)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE.xs)
        layout.addLayout(line)
        layout.addWidget(self.bar)
        self.hide()

    def show_progress(self, progress: Progress | None) -> None:
        """Show `progress`; None hides the line. An unknown total gives a bar that only moves."""
        self.setVisible(progress is not None)
        if progress is None:
            return
        self.words.setText(progress.text)
        self.amount.setText(amount_text(progress))
        known = bool(progress.total)
        self.bar.show_share(round(1000 * progress.done / progress.total) if known else 0, 1000 if known else 0)
        self.bar.setAccessibleName(progress.text)


def amount_text(progress: Progress) -> str:
    """“1.2 of 4.6 GiB, 12 MiB/s, 5 min left”, as far as it is known."""
    in_bytes = progress.unit == "bytes"

    def amount(value: float) -> str:
        return format_bytes(int(value)) if in_bytes else f"{int(value):,}"

    parts = []
    if progress.total:
        parts.append(f"{amount(progress.done)} of {amount(progress.total)}" + ("" if in_bytes else f" {progress.unit}"))
    if progress.per_second:
        parts.append(
            f"{amount(progress.per_second)}/s" if in_bytes else f"{amount(progress.per_second)} {progress.unit}/s"
        )
    if progress.left_s:
        parts.append(format_left(progress.left_s))
    return ", ".join(part.strip() for part in parts)
