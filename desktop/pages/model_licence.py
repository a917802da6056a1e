"""The chosen model's licence in a sentence; where it asks to be agreed to, that is done here, before anything else."""

from __future__ import annotations

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from core.models.licence import Licence, licence_of
from core.models.spec import ModelSpec
from desktop.intents import AcceptLicence
from desktop.state import AppState
from desktop.style import SPACE
from desktop.style.text import label
from desktop.widgets import buttons


def unaccepted(spec: ModelSpec, state: AppState) -> Licence | None:
    """The licence that the person has still to agree to before using `spec`."""
    licence = licence_of(spec)
    wanted = licence is not None and licence.acknowledge and licence.id not in state.accepted_licences
    return licence if wanted else None


class LicencePanel(QFrame):
    """A raised block while there is something to agree to, plain words otherwise.

    Signals:
        intent(Intent): the person agrees.
    """

    intent = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._licence: Licence | None = None
        self.title = label(semibold=True, wrap=True, wide=True)
        self.words = label(wrap=True, wide=True)
        self.read = buttons.quiet("Read the licence", icon="open")
        self.read.clicked.connect(self._open)
        self.accept = buttons.secondary("I accept the licence", icon="tick")
        self.accept.clicked.connect(self._accept)
        line = QHBoxLayout()
        line.setSpacing(SPACE.s)
        line.addWidget(self.accept)
        line.addWidget(self.read)
        line.addStretch(1)
        self._rows = QVBoxLayout(self)
        self._rows.setSpacing(SPACE.s)
        for part in (self.title, self.words):
            self._rows.addWidget(part)
        self._rows.addLayout(line)

    def show_licence(self, spec: ModelSpec, state: AppState) -> None:
        """Show the licence of `spec`, and whether it is agreed to."""
        licence = licence_of(spec)
        self._licence = licence
        self.setVisible(licence is not None)
        if licence is None:
            return
        asks = unaccepted(spec, state) is not None
        agreed = "Accepted. " if licence.acknowledge and not asks else ""
        self.title.setText(f"{licence.title}{' asks to be accepted before the model is used' if asks else ''}")
        self.words.setText(f"{agreed}{licence.summary} The licence's own text holds.")
        self.read.setToolTip(licence.url)
        self.accept.setVisible(asks)
        if self.property("panel") != asks:
            self.setProperty("panel", asks)
            self.style().unpolish(self)
            self.style().polish(self)
        edge = SPACE.m if asks else 0
        self._rows.setContentsMargins(edge, edge, edge, edge)

    def _open(self) -> None:
        if self._licence is not None:
            QDesktopServices.openUrl(QUrl(self._licence.url))

    def _accept(self) -> None:
        if self._licence is not None:
            self.intent.emit(AcceptLicence(self._licence.id))
