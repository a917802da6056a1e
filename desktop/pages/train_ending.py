"""How a run ended, in words, with the last words of a worker that died behind a fold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.pages.train_verdict import VerdictLine
from desktop.pages.train_words import ending_words
from desktop.style import SPACE
from desktop.style.text import label
from desktop.widgets.fold import Fold
from desktop.widgets.icon_label import IconLabel

if TYPE_CHECKING:
    from desktop.run_view import RunView

_SIGNS = {
    "finished": ("tick", "ok"),
    "stopped": ("stop", "muted"),
    "failed": ("danger", "danger"),
    "died": ("died", "danger"),
}


class Ending(QFrame):
    """Hidden while the run goes on.

    Signals:
        intent(Intent): the person takes what the verdict proposes.
    """

    intent = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)
        self.sign = IconLabel("tick", role="ok", side=20)
        self.verdict = VerdictLine()
        self.verdict.intent.connect(self.intent)
        self.what = label(wrap=True)
        self.next = label(role="muted", wrap=True)
        self.log = QPlainTextEdit()
        self.log.setReadOnly(True)
        self.log.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.log.setAccessibleName("The worker's last words")
        self.log.setFixedHeight(104)
        self.fold = Fold("Last words of the log", self.log)
        words = QVBoxLayout()
        words.setSpacing(SPACE.xs)
        words.addWidget(self.verdict)
        words.addWidget(self.what)
        words.addWidget(self.next)
        words.addWidget(self.fold)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE.m, SPACE.m, SPACE.m, SPACE.m)
        layout.setSpacing(SPACE.m)
        layout.addWidget(self.sign, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words, 100)
        layout.addStretch(1)
        self.hide()

    def show_run(self, view: RunView) -> None:
        """Show how the run ended, if it did."""
        state = view.summary.state
        sign = _SIGNS.get(state)
        self.setVisible(sign is not None and view.caught_up)
        if sign is None:
            return
        self.sign.show_icon(*sign)
        self.verdict.show_run(view)
        what, then = ending_words(view)
        self.what.setText(what)
        self.next.setText(then)
        self.next.setVisible(bool(then))
        self.fold.setVisible(bool(view.last_words))
        if self.log.toPlainText() != view.last_words:
            self.log.setPlainText(view.last_words)
