"""Model: what there is to choose from at the left, the chosen one at the right."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QCheckBox, QFileDialog, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from core.fit.words import format_bytes
from desktop.intents import (
    CancelDownload,
    ChooseHubModel,
    ChooseModelFolder,
    ChooseStarter,
    DownloadModel,
    GoTo,
    Intent,
)
from desktop.pages.model_detail import ModelDetail
from desktop.pages.model_licence import unaccepted
from desktop.pages.model_rows import chosen_key, count_words, hub_id, intent_of, list_rows
from desktop.pages.model_token import TokenPanel
from desktop.pages.model_words import disk_is_too_small, model_sentence
from desktop.pages.page import Page, Primary
from desktop.state import AppState
from desktop.style import SPACE
from desktop.style.text import label
from desktop.widgets import buttons
from desktop.widgets.columns import Columns
from desktop.widgets.drop_target import DropTarget
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.model_list import ModelList
from desktop.widgets.search_box import SearchBox


class ModelPage(Page):
    """Typing filters the list; what looks like a hub id can be looked up."""

    step = "model"
    title = "Model"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = AppState()
        self._chosen = ""
        self.search = SearchBox("Search, or owner/name of the hub")
        self.search.textChanged.connect(lambda _: self._fill_list())
        self.only_fitting = QCheckBox("Only what fits")
        self.only_fitting.setToolTip("Hide the models that cannot be trained on the card that is planned for")
        self.only_fitting.toggled.connect(lambda _: self._fill_list())
        self.count = label(size="small", role="muted")
        self.list = ModelList()
        self.list.chosen.connect(self._choose)
        self.search.downwards.connect(self._into_list)
        self.search.returnPressed.connect(self.list.choose_first)
        self.open = buttons.secondary(
            "Open a folder …", icon="folder", tip="Use a model that lies on this disk (Ctrl+O), or drop its folder here"
        )
        self.open.clicked.connect(self.ask_for_folder)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Open), self).activated.connect(self.ask_for_folder)
        self.drop = DropTarget(self, "Drop the folder to use the model in it", folders=True)
        self.drop.dropped.connect(lambda path: self.send(ChooseModelFolder(path)))
        self._build_places()
        self.setFocusProxy(self.search)

    def _build_places(self) -> None:
        left = QWidget()
        layout = QVBoxLayout(left)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE.s)
        layout.addWidget(self.search)
        filters = QHBoxLayout()
        filters.addWidget(self.only_fitting, 1)
        filters.addWidget(self.count)
        layout.addLayout(filters)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.open)
        left.setMinimumWidth(336)
        self.detail = ModelDetail()
        self.detail.licence.intent.connect(self.send)
        self.token = TokenPanel()
        self.token.intent.connect(self.send)
        self.reading = EmptyState("model", "Reading the model", "Its configuration and the headers of its weights.")
        self.none = EmptyState(
            "model",
            "No model is chosen",
            "The message above says why. Choose another at the left, or start with the one that ships.",
            "Use the starter model",
        )
        self.none.clicked.connect(lambda: self.send(ChooseStarter()))
        self.places = QStackedWidget()
        for place in (self.detail, self.reading, self.none):
            self.places.addWidget(place)
        right = QWidget()
        rows = QVBoxLayout(right)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(SPACE.m)
        rows.addWidget(self.token)
        rows.addWidget(self.places, 1)
        self.body.addWidget(Columns(left, right, left_share=0.4), 1)

    def sentence(self, state: AppState) -> str:
        """What is chosen, and whether it fits."""
        return model_sentence(state)

    def primary(self, state: AppState) -> Primary | None:
        """Download, stop downloading, or go on."""
        if state.model is None:
            return None
        agree = "Accept the model's licence first." if unaccepted(state.model, state) is not None else ""
        if not state.hub_model:
            why = "There are no weights in this folder." if not state.model.has_weights else agree
            return Primary("Continue to Data", GoTo("data"), enabled=not why, why_not=why)
        if state.downloading == state.hub_model:
            return Primary("Stop the download", CancelDownload())
        why = "Another model is being downloaded." if state.downloading else agree
        if disk_is_too_small(state.model, state):
            why = "There is not enough free disk."
        begun = state.hub_model in state.begun_downloads
        words = "Go on with the download" if begun else f"Download {format_bytes(state.model.weights_bytes)}"
        return Primary(words, DownloadModel(), enabled=not why, why_not=why)

    def refresh(self, state: AppState) -> None:
        """List and detail."""
        self._state = state
        key, before = chosen_key(state), self._chosen
        self._chosen = key
        self._fill_list()
        if key != before:
            self.list.set_current(key)
        self.token.show_token(state)
        if state.model is not None:
            self.detail.show_model(state.model, state)
        place = self.none if self.step in state.errors else self.reading
        self.places.setCurrentWidget(place if state.model is None else self.detail)

    def escape(self, state: AppState) -> Intent | None:
        """Esc stops a download; what has arrived is kept."""
        return CancelDownload() if state.downloading else None

    def ask_for_folder(self) -> None:
        """Let the person pick a folder in the system's own dialog."""
        name = QFileDialog.getExistingDirectory(self, "Open a model's folder")
        if name:
            self.send(ChooseModelFolder(Path(name)))

    def _fill_list(self) -> None:
        self.list.show_rows(list_rows(self._state, self.search.text(), only_fitting=self.only_fitting.isChecked()))
        self.count.setText(count_words(self._state))
        if not self.list.current_key():
            self.list.set_current(self._chosen)

    def _choose(self, key: str) -> None:
        if (intent := intent_of(key)) is not None:
            if isinstance(intent, ChooseHubModel) and intent.id == hub_id(self.search.text()):
                self.search.clear()
            self._chosen = key
            self.send(intent)

    def _into_list(self) -> None:
        self.list.setFocus(Qt.FocusReason.TabFocusReason)
        if not self.list.current_key():
            first = next((row.key for row in self.list.rows() if row.key), "")
            self.list.set_current(first)
