"""The plans that are proposed, one under the other: name, how much room it leaves, how long it takes, and a tick once
its rehearsal has shown that it fits."""

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
from desktop.pages.depth_words import safe_words
from desktop.pages.train_words import plan_words
from desktop.plan_titles import PLAN_TITLES
from desktop.state import AppState
from desktop.style import SPACE
from desktop.style.text import label, set_role
from desktop.widgets.icon_label import IconLabel

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
        self.safe: dict[PlanName, IconLabel] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE.m, SPACE.s, SPACE.m, SPACE.s)
        layout.setSpacing(SPACE.s)
        for name in PLAN_TITLES:
            layout.addWidget(self._make_row(name))

    def _make_row(self, name: PlanName) -> QWidget:
        button = QRadioButton(PLAN_TITLES[name])
        button.setAccessibleName(PLAN_TITLES[name])
        self._group.addButton(button)
        cost = label(size="small", role="muted")
        safe = IconLabel("tick", role="ok", side=14)
        policy = safe.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        safe.setSizePolicy(policy)
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(button, 1)
        line.addWidget(cost)
        line.addWidget(safe)
        self.buttons[name], self._costs[name], self.safe[name] = button, cost, safe
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
        if state.fit_machine is None:
            return
        if state.plan == name and state.estimate is not None and state.speed is not None and state.verdict is not None:
            memory, speed, verdict, duration = state.estimate, state.speed, state.verdict, state.duration
        elif plan is not None:
            memory, speed, verdict, duration = plan.memory, plan.speed, plan.verdict, plan.duration
        else:
            return
        words = plan_words(memory, verdict, speed, duration, state.fit_machine)
        safe = safe_words(memory, verdict)
        self._costs[name].setText(words)
        set_role(self._costs[name], _ROLES[verdict])
        self.safe[name].setVisible(bool(safe))
        for part in (self.safe[name], self.buttons[name], self._costs[name]):
            part.setToolTip(safe or "Not rehearsed yet: by the formulas alone.")
        self.buttons[name].setAccessibleDescription(f"{words}. {safe}".strip())

    def _clicked(self, button: QAbstractButton) -> None:
        self.chosen.emit(next(name for name, known in self.buttons.items() if known is button))
