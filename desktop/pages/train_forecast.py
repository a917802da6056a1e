"""The right of the Train page before a run: the fit bar and how sure it is, the verdict, what would make it fit, and
what it takes."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from core.fit.values import Verdict
from desktop.intents import MeasureHere
from desktop.pages.depth_words import depth_tip, depth_words, safe_words
from desktop.pages.train_costs import Costs
from desktop.pages.train_fixes import Fixes
from desktop.pages.train_words import chosen_reasons, verdict_words
from desktop.planned_memory import planned_memory
from desktop.state import AppState
from desktop.style import SPACE
from desktop.style.text import label, set_role
from desktop.widgets import buttons
from desktop.widgets.fit_bar import FitBar
from desktop.widgets.icon_label import IconLabel

MEASURE_TIP = (
    "Take real steps with a few of the model's layers and random weights on this computer, and reckon from them: "
    "memory and speed as they are here. From half a minute on; Esc stops it."
)
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
        self.sure = label(size="small", role="muted", wrap=True, wide=True)
        self.measure = buttons.quiet("Measure here", tip=MEASURE_TIP)
        self.measure.clicked.connect(lambda: self.intent.emit(MeasureHere()))
        self.note = label(role="warning", wrap=True)
        self.fixes = Fixes()
        self.fixes.intent.connect(self.intent)
        self.costs = Costs()
        self.costs.intent.connect(self.intent)
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
        below = QHBoxLayout()
        below.setSpacing(SPACE.s)
        below.addWidget(self.sure, 1)
        below.addWidget(self.measure)
        layout.addLayout(below)
        layout.addLayout(line)
        layout.addWidget(self.note)
        layout.addWidget(self.fixes)
        layout.addSpacing(SPACE.m)
        layout.addWidget(label("What it takes", size="heading"))
        layout.addWidget(self.costs)
        layout.addSpacing(SPACE.m)
        layout.addWidget(self.why)
        layout.addWidget(self.reasons)
        layout.addStretch(1)

    def show_forecast(self, state: AppState) -> None:
        """Show what `state.settings` cost; called only once that is known."""
        machine, estimate, verdict = state.fit_machine, state.estimate, state.verdict
        assert machine is not None and estimate is not None and verdict is not None
        self.title.setText("Memory" + (f" of {machine.gpu}" if machine.is_gpu else " of this computer"))
        self.bar.show_values(planned_memory(estimate, machine), at_once=True)
        self.sure.setText(depth_words(state.rehearsing, estimate, state.instant))
        self.sure.setToolTip(depth_tip(state.rehearsing))
        self.measure.setVisible(not machine.simulated and estimate.depth != "measured")
        self.measure.setEnabled(not state.measuring and state.active is None and state.rehearsing.phase != "running")
        icon, role = _SIGNS[verdict]
        if verdict == "fits" and state.rehearsing.phase == "running":
            icon = "circle"  # the tick comes with the rehearsal
        self.sign.show_icon(icon, role)
        self.verdict.setText(verdict_words(verdict, estimate, machine))
        self.verdict.setToolTip(safe_words(estimate, verdict))
        self.note.setText(state.note)
        self.note.setVisible(bool(state.note))
        set_role(self.verdict, role)
        self.fixes.show_alternatives(state.alternatives if verdict == "does_not_fit" else ())
        self.costs.show_costs(state)
        reasons = chosen_reasons(state)
        self.why.setVisible(bool(reasons))
        self.reasons.setVisible(bool(reasons))
        self.reasons.setText("\n".join(reasons))
