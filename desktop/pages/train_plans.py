"""The plans that are proposed, one under the other: name, what it takes, how fast it is."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from core.fit.values import Plan, PlanName, Verdict
from core.fit.words import format_bytes
from desktop.pages.train_words import format_speed
from desktop.state import AppState
from desktop.style import SPACE
from desktop.style.text import label, set_role

TITLES: dict[PlanName, str] = {
    "best_quality": "Best quality",
    "fastest": "Fastest",
    "leanest": "Leanest",
    "yours": "Yours",
}
_ROLES: dict[Verdict, str] = {"fits": "muted", "tight": "warning", "does_not_fit": "danger"}


class PlanPicker(QFrame):
    """The proposed plans, and “Yours” once a setting was changed.

    Signals:
        chosen(str): the person took a plan, by its name.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)
        self.setAccessibleName("Plans")
        self._group = QButtonGroup(self)
        self._group.buttonClicked.connect(self._clicked)
        self.buttons: dict[PlanName, QRadioButton] = {}
        self._costs: dict[PlanName, QLabel] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE.m, SPACE.s, SPACE.m, SPACE.s)
        layout.setSpacing(SPACE.s)
        for name in TITLES:
            layout.addWidget(self._make_row(name))

    def _make_row(self, name: PlanName) -> QWidget:
        button = QRadioButton(TITLES[name])
        button.setAccessibleName(TITLES[name])
        self._group.addButton(button)
        cost = label(size="small", role="muted")
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(button, 1)
        line.addWidget(cost)
        self.buttons[name], self._costs[name] = button, cost
        return row

    def show_plans(self, state: AppState) -> None:
        """Show the plans of the recommendation, and what is chosen."""
        plans = {plan.name: plan for plan in state.recommendation.plans} if state.recommendation else {}
        self._group.setExclusive(False)
        for name, button in self.buttons.items():
            is_chosen = state.plan == name
            button.setChecked(is_chosen)
            button.parentWidget().setVisible(name in plans or (name == "yours" and is_chosen))
            self._show_cost(name, plans.get(name), state)
        self._group.setExclusive(True)

    def _show_cost(self, name: PlanName, plan: Plan | None, state: AppState) -> None:
        if state.plan == name and state.estimate is not None and state.speed is not None:
            memory, speed, verdict = state.estimate, state.speed, state.verdict
        elif plan is not None:
            memory, speed, verdict = plan.memory, plan.speed, plan.verdict
        else:
            return
        words = f"{format_bytes(memory.total_bytes)}, {format_speed(speed.tokens_per_second)}"
        self._costs[name].setText(words)
        self.buttons[name].setAccessibleDescription(words)
        set_role(self._costs[name], _ROLES[verdict or "fits"])

    def _clicked(self, button: QAbstractButton) -> None:
        self.chosen.emit(next(name for name, known in self.buttons.items() if known is button))
