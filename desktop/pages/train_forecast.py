"""The right of the Train page before a run: the fit bar, the verdict, what it takes, and what would make it fit."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from core.fit.values import Alternative, Verdict
from desktop.intents import ChangeSettings, Intent
from desktop.pages.train_words import chosen_reasons, forecast_rows, verdict_words
from desktop.planned_memory import planned_memory
from desktop.state import AppState
from desktop.style import SPACE
from desktop.style.text import label, set_role
from desktop.widgets import buttons
from desktop.widgets.fit_bar import FitBar
from desktop.widgets.icon_label import IconLabel
from desktop.widgets.key_values import KeyValues

_SIGNS: dict[Verdict, tuple[str, str]] = {
    "fits": ("tick", "ok"),
    "tight": ("warning", "warning"),
    "does_not_fit": ("danger", "danger"),
}


class Forecast(QWidget):
    """What the settings would cost.

    Signals:
        intent(Intent): the person took a fix.
    """

    intent = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = label(size="heading")
        self.bar = FitBar()
        self.sign = IconLabel("tick", role="ok", side=20)
        self.verdict = label(size="heading")
        self.fixes = Fixes()
        self.fixes.intent.connect(self.intent)
        self.facts = KeyValues()
        self.why = label("Why these settings", size="heading")
        self.reasons = label(wrap=True)
        line = QHBoxLayout()
        line.setSpacing(SPACE.s)
        line.addWidget(self.sign)
        line.addWidget(self.verdict)
        line.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE.m)
        layout.addWidget(self.title)
        layout.addWidget(self.bar)
        layout.addLayout(line)
        layout.addWidget(self.fixes)
        layout.addSpacing(SPACE.m)
        layout.addWidget(label("What it takes", size="heading"))
        layout.addWidget(self.facts)
        layout.addSpacing(SPACE.m)
        layout.addWidget(self.why)
        layout.addWidget(self.reasons)
        layout.addStretch(1)

    def show_forecast(self, state: AppState) -> None:
        """Show what `state.settings` cost; called only once that is known."""
        machine, estimate, verdict = state.fit_machine, state.estimate, state.verdict
        assert machine is not None and estimate is not None and verdict is not None
        self.title.setText("Memory" + (f" of {machine.gpu}" if machine.is_gpu else " of this computer"))
        self.bar.show_values(planned_memory(estimate, machine))
        icon, role = _SIGNS[verdict]
        self.sign.show_icon(icon, role)
        self.verdict.setText(verdict_words(verdict, estimate, machine))
        set_role(self.verdict, role)
        self.fixes.show_alternatives(state.alternatives if verdict == "does_not_fit" else ())
        self.facts.show_rows(forecast_rows(state))
        reasons = chosen_reasons(state)
        self.why.setVisible(bool(reasons))
        self.reasons.setVisible(bool(reasons))
        self.reasons.setText("\n".join(reasons))


class Fixes(QWidget):
    """What would make it fit: settings by one click, everything else as advice.

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
        self._layout.setSpacing(SPACE.s)
        self.hide()

    def show_alternatives(self, alternatives: tuple[Alternative, ...]) -> None:
        """Show `alternatives` in their order."""
        self.setVisible(bool(alternatives))
        if alternatives == self._shown:
            return
        self._shown = alternatives
        self.buttons = []
        while (item := self._layout.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        for alternative in alternatives:
            self._layout.addWidget(self._make_row(alternative))

    def _make_row(self, alternative: Alternative) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACE.m)
        line.addWidget(label(alternative.text, wrap=True), 100)
        line.addStretch(1)
        if alternative.kind == "setting" and alternative.changes:
            button = buttons.secondary("Apply", tip=alternative.text)
            button.setAccessibleName(f"Apply: {alternative.text}")
            wanted: Intent = ChangeSettings(alternative.changes)
            button.clicked.connect(lambda: self.intent.emit(wanted))
            self.buttons.append(button)
            line.addWidget(button)
        return row
