"""A gated model: the page to visit, and the hub's token, which the system's keyring keeps."""

from __future__ import annotations

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from core.models.catalogue import PAGES
from desktop.intents import ForgetToken, SaveToken
from desktop.state import AppState
from desktop.style import SPACE
from desktop.style.text import label
from desktop.widgets import buttons

NEED_TOKEN = ("hub.gated", "hub.bad_token", "hub.not_a_token", "hub.no_keyring", "hub.keyring_refused")
TOKENS_PAGE = f"{PAGES}settings/tokens"
STEPS = (
    "1. On the model's page, sign in and accept its terms; some owners answer after a while.\n"
    "2. Make a token for reading on the page of tokens, and copy it.\n"
    "3. Paste it here. The system's keyring keeps it; Tunesmith writes it into no file."
)


class TokenPanel(QFrame):
    """Shown while a model needs a token, and, in one line, while one is kept.

    Signals:
        intent(Intent): keep the token, or remove it.
    """

    intent = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = ""
        self.setProperty("panel", True)
        self.title = label(semibold=True)
        self.steps = label(STEPS, wrap=True, wide=True)
        self.page = buttons.secondary("Open the model's page", icon="open")
        self.page.clicked.connect(lambda: QDesktopServices.openUrl(QUrl(PAGES + self._model)))
        self.tokens = buttons.quiet("Open the page of tokens", icon="open", tip=TOKENS_PAGE)
        self.tokens.clicked.connect(lambda: QDesktopServices.openUrl(QUrl(TOKENS_PAGE)))
        self.field = QLineEdit()
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setPlaceholderText("hf_…")
        self.field.setAccessibleName("Token of the hub")
        self.field.returnPressed.connect(self._save)
        self.save = buttons.secondary("Keep it and try again")
        self.save.clicked.connect(self._save)
        self.kept = label(role="muted", wrap=True, wide=True)
        self.remove = buttons.quiet("Remove it", icon="trash", tip="Delete the token from the system's keyring")
        self.remove.clicked.connect(lambda: self.intent.emit(ForgetToken()))
        self._lay_out()

    def _lay_out(self) -> None:
        pages, entry, known = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for line in (pages, entry, known):
            line.setSpacing(SPACE.s)
        pages.addWidget(self.page)
        pages.addWidget(self.tokens)
        pages.addStretch(1)
        entry.addWidget(self.field, 1)
        entry.addWidget(self.save)
        known.addWidget(self.kept, 1)
        known.addWidget(self.remove)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE.m, SPACE.s, SPACE.m, SPACE.s)
        layout.setSpacing(SPACE.s)
        layout.addWidget(self.title)
        layout.addWidget(self.steps)
        layout.addLayout(pages)
        layout.addLayout(entry)
        layout.addLayout(known)

    def show_token(self, state: AppState) -> None:
        """Show what `state` needs of a token, or has."""
        error = state.errors.get("model")
        needed = error is not None and error.code in NEED_TOKEN and bool(state.hub_model)
        source, last = state.token
        is_kept = source == "keyring" and bool(state.hub_model)
        self._model = state.hub_model
        self.setVisible(needed or is_kept)
        self.title.setText(f"{state.hub_model} asks who you are")
        for part in (self.title, self.steps, self.page, self.tokens, self.field, self.save):
            part.setVisible(needed)
        self.page.setToolTip(PAGES + state.hub_model)
        self.kept.setVisible(source != "none")
        self.kept.setText(f"The hub is sent the token that ends in {last}, from {_WHERE[source]}.")
        self.remove.setVisible(source == "keyring")

    def _save(self) -> None:
        self.intent.emit(SaveToken(self.field.text()))
        self.field.clear()


_WHERE = {
    "HF_TOKEN": "the environment variable HF_TOKEN",
    "hf auth login": "your sign-in with hf auth login",
    "keyring": "the system's keyring",
    "none": "nowhere",
}
