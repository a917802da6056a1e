"""The foot of the chat: example prompts, the prompt, Send or Stop, and how answers are sampled."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.chat_values import ChatState
from desktop.style import SPACE
from desktop.widgets import buttons
from desktop.widgets.chips import Chips
from desktop.widgets.fold import Fold
from desktop.widgets.prompt_box import PromptBox
from desktop.widgets.sampling_panel import SamplingPanel


class ChatEntry(QWidget):
    """Everything that is asked comes from here.

    Signals:
        submitted(): the prompt should be sent.
        stopped(): the answers under way should end.
    """

    submitted = Signal()
    stopped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ready = False
        self.box = PromptBox()
        self.box.setPlaceholderText("Ask both models. Enter sends, Shift+Enter starts a new line.")
        self.box.submitted.connect(self.submitted)
        self.box.textChanged.connect(self._allow)
        self.chips = Chips("Try")
        self.chips.chosen.connect(self._take_example)
        self.ask = buttons.primary("Send", icon="send", tip="Enter")
        self.ask.clicked.connect(self.submitted)
        self.halt = buttons.secondary("Stop", icon="stop", tip="Esc")
        self.halt.setFixedHeight(self.ask.sizeHint().height())
        self.halt.clicked.connect(self.stopped)
        self.sampling = SamplingPanel()
        self.sampling.changed.connect(self._say_sampling)
        self.fold = Fold("Sampling", self.sampling)
        self.fold.handle.setToolTip("How the next token is chosen")
        self.fold.handle.toggled.connect(self._say_sampling)
        self._lay_out()
        self._say_sampling()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(SPACE.s)
        line.addWidget(self.box, 1)
        line.addWidget(self.ask, 0, Qt.AlignmentFlag.AlignBottom)
        line.addWidget(self.halt, 0, Qt.AlignmentFlag.AlignBottom)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE.s)
        layout.addWidget(self.chips)
        layout.addLayout(line)
        layout.addWidget(self.fold)

    def show_chat(self, chat: ChatState) -> None:
        """Send while nothing is said, Stop while something is."""
        self._ready = chat.phase == "ready" and not chat.answering
        self.ask.setVisible(not chat.answering)
        self.halt.setVisible(chat.answering)
        asked = {exchange.prompt for exchange in chat.exchanges}
        self.chips.show_texts(tuple(prompt for prompt in chat.prompts if prompt not in asked))
        self.chips.setVisible(bool(chat.prompts))
        self.chips.allow(self._ready)
        self._allow()

    def take_text(self) -> str:
        """The prompt, which is then gone from the box; empty, with the box left alone, if it cannot be sent now."""
        text = self.box.toPlainText().strip()
        if not self._ready or not text:
            return ""
        self.box.clear()
        return text

    def _take_example(self, text: str) -> None:
        self.box.setPlainText(text)
        self.submitted.emit()

    def _allow(self) -> None:
        self.ask.setEnabled(self._ready and bool(self.box.toPlainText().strip()))

    def _say_sampling(self) -> None:
        self.fold.handle.setText("Sampling" if self.fold.is_open else f"Sampling: {self.sampling.summary()}")
