"""Chat: one prompt, answered by the base and by the tuned model side by side."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from core.events import ChatReady
from desktop.chat_values import ChatPhase, ChatState
from desktop.intents import ChatWith, ClearChat, GoTo, Intent, RestoreChat, RetryChat, SendPrompt, StopAnswer
from desktop.pages.page import Page, Primary
from desktop.state import AppState
from desktop.style import SPACE
from desktop.widgets.chat_bar import ChatBar
from desktop.widgets.chat_entry import ChatEntry
from desktop.widgets.conversation import Conversation
from desktop.widgets.empty_state import EmptyState

LOADING = "Loading base and adapter …"


class ChatPage(Page):
    """States: no run yet, waiting for a training run, loading, ready, failed."""

    step = "chat"
    title = "Chat"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar = ChatBar()
        self.bar.chosen.connect(lambda name: self.send(ChatWith(name)))
        self.bar.clear.clicked.connect(lambda: self.send(ClearChat()))
        self.bar.retry.clicked.connect(lambda: self.send(RetryChat()))
        self.bar.undo.clicked.connect(lambda: self.send(RestoreChat()))
        self.conversation = Conversation()
        self.entry = ChatEntry()
        self.entry.submitted.connect(self._ask)
        self.entry.stopped.connect(lambda: self.send(StopAnswer()))
        self._build_places()
        self.setFocusProxy(self.entry.box)

    def _build_places(self) -> None:
        self._talk = QWidget()
        layout = QVBoxLayout(self._talk)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE.m)
        layout.addWidget(self.bar)
        layout.addWidget(self.conversation, 1)
        layout.addWidget(self.entry)
        self.no_run = EmptyState(
            "chat",
            "Nothing to chat with yet",
            "Train a model first. Then its answers stand here beside those of the model it was made from.",
            "Go to Train",
        )
        self.no_run.clicked.connect(lambda: self.send(GoTo("train")))
        self.training = EmptyState(
            "train",
            "A run is being computed",
            "The chat opens when it ends: base, adapter and training together might not fit into the memory.",
            "Watch it",
        )
        self.training.clicked.connect(lambda: self.send(GoTo("train")))
        self.failed = EmptyState(
            "warning",
            "The chat is not open",
            "The message above says why.",
            "Try again",
        )
        self.failed.clicked.connect(lambda: self.send(RetryChat()))
        self.places = QStackedWidget()
        for place in (self._talk, self.no_run, self.training, self.failed):
            self.places.addWidget(place)
        self.body.addWidget(self.places, 1)

    def sentence(self, state: AppState) -> str:
        """What the page can do now."""
        words: dict[ChatPhase, str] = {
            "no_run": "No run has a result yet.",
            "training": "Waiting for the run that is being computed.",
            "failed": "The chat could not be opened, or broke off.",
        }
        proof = state.chat.proof
        return proof_text(proof) if proof else words.get(state.chat.phase, LOADING)

    def primary(self, state: AppState) -> Primary | None:
        """Sending has its own button below."""
        return None

    def refresh(self, state: AppState) -> None:
        """Show the place for the phase; the talk itself is only touched where it changed."""
        chat = state.chat
        self.places.setCurrentWidget(self._place(chat))
        self.bar.show_chat(chat, state.runs)
        run = next((run for run in state.runs if run.name == chat.run), None)
        self.conversation.show_names(run.model if run else "", chat.run or "")
        self.conversation.show_exchanges(chat.exchanges)
        self.conversation.show_hint("" if chat.exchanges else _hint(chat))
        self.entry.show_chat(chat)

    def escape(self, state: AppState) -> Intent | None:
        """Esc ends the answers under way."""
        return StopAnswer() if state.chat.answering else None

    def showEvent(self, event: QShowEvent) -> None:
        """Whoever comes here wants to type."""
        super().showEvent(event)
        self.entry.box.setFocus(Qt.FocusReason.OtherFocusReason)

    def do_primary(self) -> None:
        """Ctrl-Enter sends too."""
        self._ask()

    def _place(self, chat: ChatState) -> QWidget:
        """A conversation stays in sight after a failure; without one, the failure has the page."""
        if chat.phase == "failed":
            return self._talk if chat.exchanges else self.failed
        if chat.phase == "no_run":
            return self.no_run
        return self.training if chat.phase == "training" else self._talk

    def _ask(self) -> None:
        if text := self.entry.take_text():
            self.send(SendPrompt(text, self.entry.sampling.sampling()))


def _hint(chat: ChatState) -> str:
    if chat.phase != "ready":
        return chat.progress or LOADING
    return "Ask something: both models answer at the same time."


def proof_text(proof: ChatReady) -> str:
    """What loading showed about the two columns."""
    if proof.tuned_difference == 0:
        return "The adapter changes nothing: both columns answer alike."
    if proof.base_difference == 0:
        return "Base column checked: identical to the model without the adapter."
    return f"The base column differs from the model without the adapter by up to {proof.base_difference:.2g} (logits)."
