"""One answer of one column, growing while it is said."""

from __future__ import annotations

import html

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from core.events import Column
from desktop.chat_values import ColumnAnswer
from desktop.style import SPACE
from desktop.style.text import font, label
from desktop.widgets.column_mark import TITLES, ColumnSurface

LINE_HEIGHT_PERCENT = 150
ENDS = {
    "waiting": "…",
    "answering": "answering …",
    "end": "",
    "length": "cut off at the longest answer",
    "stopped": "stopped",
    "failed": "broken off",
}


class AnswerView(ColumnSurface):
    """The words at reading size on the column's tint, and below them how fast they came and why they ended."""

    def __init__(self, column: Column, parent: QWidget | None = None) -> None:
        super().__init__(column, parent)
        self._shown: ColumnAnswer | None = None
        self._title = TITLES[column]
        self.words = QLabel()
        self.words.setFont(font("heading", semibold=False))
        self.words.setTextFormat(Qt.TextFormat.RichText)
        self.words.setWordWrap(True)
        self.words.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.words.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.foot = label(size="small", role="muted")
        for part in (self.words, self.foot):
            policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
            policy.setHeightForWidth(part is self.words)
            part.setSizePolicy(policy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE.l, SPACE.m, SPACE.l, SPACE.s)
        layout.setSpacing(SPACE.s)
        layout.addWidget(self.words)
        layout.addStretch(1)
        layout.addWidget(self.foot)

    def show_answer(self, answer: ColumnAnswer) -> None:
        """Show `answer`; the same one again costs nothing."""
        if answer is self._shown:
            return
        self._shown = answer
        self.words.setText(_spaced(answer.text))
        self.foot.setText(foot_text(answer))
        self.setAccessibleName(f"{self._title} answer: {answer.text}")

    def text(self) -> str:
        """What is said so far."""
        return self._shown.text if self._shown else ""


def foot_text(answer: ColumnAnswer) -> str:
    """“38 tokens/s, stopped”."""
    speed = f"{answer.tokens_per_second:,.0f} tokens/s" if answer.tokens_per_second else ""
    return ", ".join(part for part in (speed, ENDS[answer.state]) if part)


def _spaced(text: str) -> str:
    """Plain text as a paragraph with generous lines; nothing in it is taken for markup."""
    style = f"line-height:{LINE_HEIGHT_PERCENT}%; white-space:pre-wrap"
    return f'<p style="{style}">{html.escape(text)}</p>' if text else ""
