"""What would make the settings fit, by name and size: settings, another model and another card by one click."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from core.fit.values import Alternative, Verdict
from core.models import catalogue
from desktop.intents import ChangeSettings, ChooseHubModel, Intent, TryCard
from desktop.style import SPACE
from desktop.style.text import label
from desktop.widgets import buttons

MOST_SETTINGS = 6
WIDEST_BUTTON = 400
ENOUGH: dict[Verdict, tuple[str, str]] = {
    "fits": ("then it fits", "ok"),
    "tight": ("then it is a tight fit", "warning"),
    "does_not_fit": ("not enough alone", "muted"),
}
HEADINGS = {
    "setting": "Change a setting",
    "smaller_model": "Choose a model that fits",
    "bigger_card": "Take another card",
    "rent": "Rent a card",
    "api": "For comparison",
}


class Fixes(QWidget):
    """Nothing while all fits.

    Signals:
        intent(Intent): the person took one.
    """

    intent = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: list[QPushButton] = []
        self._shown: tuple[Alternative, ...] = ()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(SPACE.xs)
        self.hide()

    def show_alternatives(self, alternatives: tuple[Alternative, ...]) -> None:
        """Show `alternatives` in their order, settings first."""
        self.setVisible(bool(alternatives))
        if alternatives == self._shown:
            return
        self._shown = alternatives
        self.buttons = []
        while (item := self._layout.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        heading = ""
        for alternative in _shortened(alternatives):
            if HEADINGS[alternative.kind] != heading:
                if heading:
                    self._layout.addSpacing(SPACE.s)
                heading = HEADINGS[alternative.kind]
                self._layout.addWidget(label(heading, size="small", role="muted", semibold=True))
            self._layout.addWidget(self._make_row(alternative))

    def _make_row(self, alternative: Alternative) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACE.m)
        wanted = intent_of(alternative)
        if wanted is None:
            line.addWidget(label(alternative.text, wrap=True, wide=True), 1)
            return row
        button = buttons.secondary(alternative.text)
        if button.sizeHint().width() > WIDEST_BUTTON or alternative.kind != "setting":
            button.setText({"setting": "Apply", "smaller_model": "Look at it"}.get(alternative.kind, "Try it"))
            line.addWidget(label(alternative.text, wrap=True, wide=True), 1)
        button.setAccessibleName(f"{button.text()}: {alternative.text}" if button.text() != alternative.text else "")
        button.setToolTip(f"{alternative.text}. It can be undone.")
        button.clicked.connect(lambda: self.intent.emit(wanted))
        self.buttons.append(button)
        line.addWidget(button)
        if alternative.verdict is not None:
            words, role = ENOUGH[alternative.verdict]
            line.addWidget(label(words, size="small", role=role))
            line.addStretch(1)
        return row


def intent_of(alternative: Alternative) -> Intent | None:
    """What taking it means; None for mere advice."""
    changes = alternative.changes
    if alternative.kind == "setting":
        return ChangeSettings(changes) if changes else None
    if alternative.kind == "smaller_model" and (entry := catalogue.named(changes["model"])) is not None:
        return ChooseHubModel(entry.id)
    return TryCard(changes["gpu"]) if alternative.kind == "bigger_card" else None


def _shortened(alternatives: tuple[Alternative, ...]) -> list[Alternative]:
    settings = [one for one in alternatives if one.kind == "setting"]
    return settings[:MOST_SETTINGS] + [one for one in alternatives if one.kind != "setting"]
