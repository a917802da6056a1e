"""“Try another card”: the table by kind, a line to search it, and how many of the card."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from core.fit.cards import KINDS, Card, CardKind, counted, counted_name
from core.fit.words import format_bytes
from core.hardware.machine import GIB
from desktop.style import ROW, SPACE
from desktop.widgets import buttons
from desktop.widgets.model_list import ListRow, ModelList
from desktop.widgets.search_box import SearchBox

COUNTS = (1, 2, 3, 4)
LEAST_ROWS = 6
TITLES: dict[CardKind, str] = {
    "home": "For home computers",
    "laptop": "In laptops",
    "workstation": "For workstations",
    "data centre": "In data centres, for rent",
}


class CardChooser(QWidget):
    """Signals:
    chosen(str | None): the name of the card to plan for, `2 × …` for two of it; None for the computer's own.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards: Sequence[Card] = ()
        self._tried: str | None = None
        self.search = SearchBox("Search cards")
        self.list = ModelList(name="Cards to plan for", with_fit=False)
        self.list.setMinimumHeight(LEAST_ROWS * ROW)
        self.count = QComboBox()
        self.count.setAccessibleName("How many of the card")
        for number in COUNTS:
            self.count.addItem("1 card" if number == 1 else f"{number} cards", number)
        self.own = buttons.secondary("Back to this computer", icon="undo")
        self.own.hide()
        self.search.textChanged.connect(lambda _: self._filter())
        self.search.returnPressed.connect(self.list.choose_first)
        self.search.downwards.connect(self.list.setFocus)
        self.list.chosen.connect(lambda _: self._choose())
        self.count.activated.connect(lambda _: self._choose())
        self.own.clicked.connect(lambda: self.chosen.emit(None))
        self._lay_out()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(SPACE.s)
        top.addWidget(self.search, 1)
        top.addWidget(self.count)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE.s)
        layout.addWidget(self.own)
        layout.addLayout(top)
        layout.addWidget(self.list, 1)

    def show_cards(self, cards: Sequence[Card], tried: str | None) -> None:
        """List `cards`, with the one that is tried current."""
        fresh = cards is not self._cards
        if fresh:
            self._cards = cards
            self._filter()
        if fresh or tried != self._tried:
            self._tried = tried
            number, name = counted(tried) if tried is not None else (self.count.currentData(), "")
            self.count.setCurrentIndex(max(0, self.count.findData(number)))
            self.list.set_current(name)
            self.own.setVisible(tried is not None)

    def _filter(self) -> None:
        """Show the cards that have every word of the search, in each kind the largest memory and the fastest first."""
        words = self.search.text().lower().split()
        rows: list[ListRow] = []
        for kind in KINDS:
            found = [
                card
                for card in sorted(self._cards, key=lambda card: (-round(card.memory_bytes / GIB), -card.tflops_16bit))
                if card.kind == kind and all(word in f"{card.name} {kind}".lower() for word in words)
            ]
            if found:
                rows.append(ListRow("", TITLES[kind]))
                rows += [ListRow(card.name, card.name, format_bytes(card.memory_bytes)) for card in found]
        self.list.show_rows(rows)

    def _choose(self) -> None:
        name = self.list.current_key()
        if name:
            self.chosen.emit(counted_name(self.count.currentData(), name))
