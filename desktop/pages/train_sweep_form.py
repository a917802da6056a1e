"""The form for a sweep: which settings, which values, what it may take; and in words what it will do."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from core.settings import SETTINGS
from core.sweeps.values import MOST_VARIED
from desktop.intents import DraftSweep, OpenSweep, RestoreSweep
from desktop.pages.train_sweep_words import ABOUT, plan_words, problem_of
from desktop.state import AppState
from desktop.style import SPACE
from desktop.style.text import label, set_role
from desktop.sweep_draft import CHOOSABLE, SweepDraft, around
from desktop.widgets.setting_control import tooltip
from desktop.widgets.undo_line import UndoLine

SETTING_WIDTH, VALUES_WIDTH, BUDGET_WIDTH = 200, 240, 88
EARLIER = "Earlier sweeps…"


class SweepForm(QWidget):
    """What stands in it is `SweepDraft`; every change is told.

    Signals:
        intent(Intent): the person changed something, or wants to see an earlier sweep.
    """

    intent = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft = SweepDraft()
        self._state: AppState | None = None
        self.settings = [self._make_setting(place) for place in range(MOST_VARIED)]
        self.values = [self._make_values(place) for place in range(MOST_VARIED)]
        self.budget = QLineEdit()
        self.budget.setFixedWidth(BUDGET_WIDTH)
        self.budget.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.budget.setAccessibleName("Budget")
        self.budget.setToolTip("What the whole sweep may take. The first steps show the pace; where it is too slow for "
                               "the budget, every run gets fewer steps, in proportion.")  # fmt: skip
        self.budget.textEdited.connect(lambda _: self._changed())
        self.unit = QComboBox()
        self.unit.setAccessibleName("Unit of the budget")
        self.unit.activated.connect(lambda _: self._changed())
        self.about = label(ABOUT, role="muted", wrap=True)
        self.words = label(wrap=True)
        self.earlier = QComboBox()
        self.earlier.setAccessibleName("Earlier sweeps")
        self.earlier.activated.connect(self._on_earlier)
        self.undo = UndoLine()
        self.undo.clicked.connect(lambda name: self.intent.emit(RestoreSweep(name)))
        self._lay_out()

    def _make_setting(self, place: int) -> QComboBox:
        combo = QComboBox()
        combo.setFixedWidth(SETTING_WIDTH)
        combo.setAccessibleName(f"Setting {place + 1}")
        if place:
            combo.addItem("none", "")
        for key in CHOOSABLE:
            combo.addItem(SETTINGS[key].title, key)
            combo.setItemData(combo.count() - 1, tooltip(SETTINGS[key]), Qt.ItemDataRole.ToolTipRole)
        combo.activated.connect(lambda _, place=place: self._chose(place))
        return combo

    def _make_values(self, place: int) -> QLineEdit:
        line = QLineEdit()
        line.setFixedWidth(VALUES_WIDTH)
        line.setAccessibleName(f"Values of setting {place + 1}, with commas between")
        line.setPlaceholderText("8, 16, 32")
        line.textEdited.connect(lambda _: self._changed())
        return line

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE.m)
        grid.setVerticalSpacing(SPACE.s)
        grid.addWidget(label("Setting", size="small", role="muted"), 0, 0)
        grid.addWidget(label("Values to try", size="small", role="muted"), 0, 1)
        for place, (setting, values) in enumerate(zip(self.settings, self.values, strict=True), start=1):
            grid.addWidget(setting, place, 0)
            grid.addWidget(values, place, 1)
        grid.setColumnStretch(2, 1)
        budget = QHBoxLayout()
        budget.setSpacing(SPACE.s)
        title = label("It may take")
        title.setBuddy(self.budget)
        for part in (title, self.budget, self.unit):
            budget.addWidget(part)
        budget.addStretch(1)
        below = QHBoxLayout()
        below.addWidget(self.earlier)
        below.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE.l)
        layout.addWidget(self.undo)
        layout.addLayout(grid)
        layout.addLayout(budget)
        layout.addWidget(self.words)
        layout.addWidget(self.about)
        layout.addLayout(below)
        layout.addStretch(1)

    def show_draft(self, draft: SweepDraft, state: AppState, *, enabled: bool) -> None:
        """Show `draft` and what it would be; what is being typed is left alone while it is the same."""
        self._draft, self._state = draft, state
        for place, (combo, line) in enumerate(zip(self.settings, self.values, strict=True)):
            key, typed = draft.varied[place] if place < len(draft.varied) else ("", "")
            with QSignalBlocker(combo), QSignalBlocker(line):
                combo.setCurrentIndex(combo.findData(key))
                if line.text() != typed:
                    line.setText(typed)
            combo.setEnabled(enabled)
            combo.setToolTip(tooltip(SETTINGS[key]) if key else "Nothing more is varied")
            line.setEnabled(enabled and bool(key))
        with QSignalBlocker(self.budget):
            if self.budget.text() != draft.budget:
                self.budget.setText(draft.budget)
        self._show_unit(draft, state)
        self.words.setText(plan_words(draft, state))
        set_role(self.words, "warning" if problem_of(draft, state) else "")
        self._show_earlier(state.sweeps)
        deleted = state.deleted_sweeps[-1] if state.deleted_sweeps else ""
        self.undo.show_deleted(deleted, f"{deleted} and its runs were deleted.")

    def _show_unit(self, draft: SweepDraft, state: AppState) -> None:
        """Money can be chosen where it is known what the card draws and what that costs."""
        can_pay = state.cost is not None and bool(state.cost.electricity)
        units = ["minutes", *([state.cost.currency] if can_pay and state.cost is not None else [])]
        with QSignalBlocker(self.unit):
            if [self.unit.itemText(place) for place in range(self.unit.count())] != units:
                self.unit.clear()
                self.unit.addItems(units)
            self.unit.setCurrentIndex(1 if draft.in_money and can_pay else 0)
        self.unit.setToolTip(
            "Minutes, or what the electricity may cost"
            if can_pay
            else "Minutes. It is not known what this computer draws, so a sum of money cannot be turned into time"
        )

    def _show_earlier(self, names: tuple[str, ...]) -> None:
        self.earlier.setVisible(bool(names))
        items = [EARLIER, *names]
        if [self.earlier.itemText(place) for place in range(self.earlier.count())] != items:
            self.earlier.clear()
            self.earlier.addItems(items)
        self.earlier.setCurrentIndex(0)

    def _on_earlier(self, place: int) -> None:
        if place:
            self.intent.emit(OpenSweep(self.earlier.itemText(place)))

    def _chose(self, place: int) -> None:
        """Another setting: values around what it is now."""
        if self._state is not None and self._state.settings is not None:
            with QSignalBlocker(self.values[place]):
                self.values[place].setText(around(self.settings[place].currentData(), self._state.settings))
        self._changed()

    def _changed(self) -> None:
        lines = zip(self.settings, self.values, strict=True)
        varied = tuple((combo.currentData() or "", line.text()) for combo, line in lines)
        draft = SweepDraft(varied=varied, budget=self.budget.text(), in_money=self.unit.currentIndex() == 1)
        self.intent.emit(DraftSweep(draft))
