"""The verdict on a run that has ended: what its curves say, and the one change to try next, by one click."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from core.settings import SETTINGS, TrainingSettings
from desktop.intents import PlanLike
from desktop.style import SPACE
from desktop.style.text import label
from desktop.widgets import buttons

if TYPE_CHECKING:
    from core.events import Judged
    from desktop.run_view import RunView


class VerdictLine(QWidget):
    """Nothing for a run without a verdict.

    Signals:
        intent(Intent): the person takes the proposed change.
    """

    intent = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wanted: PlanLike | None = None
        self.words = label(semibold=True, wrap=True)
        self.advice = label(role="muted", wrap=True)
        self.button = buttons.secondary("Try this", icon="plus")
        self.button.clicked.connect(self._clicked)
        line = QHBoxLayout()
        line.setSpacing(SPACE.m)
        line.addWidget(self.button)
        line.addWidget(self.advice, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE.xs)
        layout.addWidget(self.words)
        layout.addLayout(line)
        self.hide()

    def show_run(self, view: RunView) -> None:
        """Show what is said of the run."""
        judged = view.summary.judged
        self.setVisible(judged is not None)
        if judged is None:
            return
        self.words.setText(judged.words)
        self.advice.setText(judged.advice)
        self._wanted = PlanLike(view.name, judged.changes) if judged.changes else None
        self.button.setVisible(self._wanted is not None)
        self.button.setToolTip(
            f"Make the next run like this one with {change_words(judged, view.job.settings if view.job else None)}. "
            "It starts when you press Train."
        )

    def _clicked(self) -> None:
        if self._wanted is not None:
            self.intent.emit(self._wanted)


def change_words(judged: Judged, settings: TrainingSettings | None) -> str:
    """“Epochs 4.5 instead of 3, …”."""
    before = msgspec.structs.asdict(settings) if settings is not None else {}
    words = []
    for key, value in judged.changes.items():
        was = f" instead of {before[key]:g}" if isinstance(before.get(key), int | float) else ""
        words.append(f"{SETTINGS[key].title} {value:g}{was}" if isinstance(value, int | float) else f"{key} {value}")
    return ", ".join(words)
