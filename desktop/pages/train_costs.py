"""“What it takes” on the Train page: rows of time and money, and the price of electricity, which can be changed."""

from __future__ import annotations

from PySide6.QtCore import QLocale, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QDoubleValidator
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from core.fit.prices import HIGHEST
from desktop.intents import SetElectricityPrice
from desktop.pages.cost_words import forecast_rows
from desktop.state import AppState
from desktop.style import SPACE
from desktop.style.text import label
from desktop.widgets.key_values import KeyValues

FIELD_WIDTH = 72


class Costs(QWidget):
    """The rows and, where a card's power is known, the field with the price of a kWh.

    Signals:
        intent(Intent): the person has another price.
    """

    intent = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: object = None
        self.facts = KeyValues()
        self.price = QLineEdit()
        self.price.setFixedWidth(FIELD_WIDTH)
        self.price.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.price.setAccessibleName("Price of a kilowatt-hour")
        validator = QDoubleValidator(0.0, HIGHEST, 4, self.price)
        validator.setLocale(QLocale.c())
        self.price.setValidator(validator)
        self.price.editingFinished.connect(self._typed)
        self.currency = label(role="muted")
        self.line = QWidget()
        row = QHBoxLayout(self.line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE.s)
        words = label("Your price of electricity, a kWh", role="muted")
        words.setBuddy(self.price)
        for part in (words, self.price, self.currency):
            row.addWidget(part)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE.s)
        layout.addWidget(self.facts)
        layout.addWidget(self.line)

    def show_costs(self, state: AppState) -> None:
        """Show what the settings of `state` take."""
        rows, tips = forecast_rows(state)
        if self._shown == (rows, tips):
            return
        self._shown = (rows, tips)
        self.facts.show_rows(rows, tips)
        cost = state.cost
        self.line.setVisible(cost is not None and cost.electricity is not None)
        if cost is not None and not self.price.hasFocus():
            self.currency.setText(cost.currency)
            with QSignalBlocker(self.price):
                self.price.setText(f"{cost.price_per_kwh:g}")
                self.price.setModified(False)

    def _typed(self) -> None:
        if self.price.isModified():
            self.price.setModified(False)
            self.intent.emit(SetElectricityPrice(float(self.price.text())))
