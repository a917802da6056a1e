"""The line above the chat: which run, and what can be done with the conversation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QWidget

from core.runs.summary import RunSummary
from desktop.chat_values import ChatState
from desktop.style import SPACE
from desktop.style.text import label
from desktop.widgets import buttons
from desktop.widgets.durations import format_moment

MOST_LETTERS = 20
"""Of a file's name in the list of runs."""


class ChatBar(QWidget):
    """Run, Try again, Undo and Clear.

    Signals:
        chosen(str): another run was picked, by name.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.runs = QComboBox()
        self.runs.setAccessibleName("Run to chat with")
        self.runs.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.runs.setFixedWidth(360)
        self.runs.activated.connect(lambda index: self.chosen.emit(self.runs.itemData(index)))
        self.retry = buttons.secondary("Try again", icon="refresh")
        self.clear = buttons.quiet("Clear", icon="trash", tip="Empty both columns; can be undone")
        self.undo = buttons.quiet("Undo clear", icon="undo", tip="Bring the cleared conversation back")
        word = label("Run", role="muted")
        word.setBuddy(self.runs)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE.s)
        layout.addWidget(word)
        layout.addWidget(self.runs)
        layout.addStretch(1)
        layout.addWidget(self.retry)
        layout.addWidget(self.undo)
        layout.addWidget(self.clear)

    def show_chat(self, chat: ChatState, runs: Sequence[RunSummary]) -> None:
        """Offer the runs that have a result, and what can be done now."""
        self._fill([run for run in runs if run.state in ("finished", "stopped") or run.name == chat.run])
        self.runs.setCurrentIndex(self.runs.findData(chat.run))
        self.retry.setVisible(chat.phase == "failed")
        self.clear.setEnabled(bool(chat.exchanges))
        self.undo.setVisible(bool(chat.cleared))

    def _fill(self, runs: list[RunSummary]) -> None:
        rows = [(run_title(run, datetime.now()), run.name) for run in runs]
        if rows != [(self.runs.itemText(i), self.runs.itemData(i)) for i in range(self.runs.count())]:
            self.runs.clear()
            for title, name in rows:
                self.runs.addItem(title, name)


def run_title(run: RunSummary, now: datetime) -> str:
    """“starter on sample, today 14:03, loss 0.42”."""
    loss = f", loss {run.loss_last:.2f}" if run.loss_last is not None else ""
    dataset = run.dataset if len(run.dataset) <= MOST_LETTERS else f"{run.dataset[: MOST_LETTERS - 1]}…"
    return f"{run.model} on {dataset}, {format_moment(datetime.fromtimestamp(run.created), now)}{loss}"
