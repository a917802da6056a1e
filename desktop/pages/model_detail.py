"""The right side of the Model page: the chosen model, whether it fits, how large it is and how it is built."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from core.models.spec import ModelSpec
from desktop.pages.depth_words import depth_tip, depth_words
from desktop.pages.model_licence import LicencePanel
from desktop.pages.model_words import (
    FACT_TIPS,
    disk_words,
    group_lines,
    kind_facts,
    place_of,
    shape_facts,
    size_facts,
    title_of,
    trained_words,
)
from desktop.pages.train_words import verdict_words
from desktop.planned_memory import planned_memory
from desktop.rehearsing import NOT_REHEARSED
from desktop.state import AppState
from desktop.style import SPACE
from desktop.style.text import label, set_role
from desktop.widgets.elided import ElidedLabel
from desktop.widgets.fit_bar import FitBar
from desktop.widgets.group_bars import GroupBars
from desktop.widgets.icon_label import IconLabel
from desktop.widgets.key_values import KeyValues
from desktop.widgets.model_list import FIT


class ModelDetail(QScrollArea):
    """Scrolls only where the window is too low for everything."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spec: ModelSpec | None = None
        self.name = ElidedLabel(size="heading")
        self.place = ElidedLabel(role="muted", middle=True)
        self.sign = IconLabel("info", role="muted")
        self.verdict = label(semibold=True)
        self.bar = FitBar()
        self.sure = label(size="small", role="muted", wrap=True, wide=True)
        self.remarks = label(role="warning", wrap=True, wide=True)
        self.licence = LicencePanel()
        self.advice = label(role="muted", wrap=True, wide=True)
        self.disk = label(role="muted", wrap=True)
        self.sizes = KeyValues()
        self.shape = KeyValues()
        self.kind = KeyValues()
        self.groups = GroupBars()
        self.trained = label(size="small", role="muted", wrap=True, wide=True)
        self._lay_out()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("The chosen model")

    def _lay_out(self) -> None:
        fit = QHBoxLayout()
        fit.setSpacing(SPACE.s)
        fit.addWidget(self.sign)
        fit.addWidget(self.verdict, 1)
        facts = QHBoxLayout()
        facts.setSpacing(SPACE.xl)
        facts.addWidget(self.sizes, 1, Qt.AlignmentFlag.AlignTop)
        facts.addWidget(self.shape, 1, Qt.AlignmentFlag.AlignTop)
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 0, SPACE.xs, 0)
        layout.setSpacing(SPACE.s)
        layout.addWidget(self.name)
        layout.addWidget(self.place)
        layout.addWidget(self.disk)
        layout.addWidget(self.remarks)
        layout.addSpacing(SPACE.s)
        layout.addLayout(fit)
        layout.addWidget(self.bar)
        layout.addWidget(self.sure)
        layout.addWidget(self.advice)
        layout.addSpacing(SPACE.s)
        layout.addWidget(self.licence)
        layout.addSpacing(SPACE.m)
        layout.addLayout(facts)
        layout.addWidget(self.kind)
        layout.addSpacing(SPACE.m)
        layout.addWidget(label("Parameters by group", size="heading"))
        layout.addWidget(self.groups)
        layout.addWidget(self.trained)
        layout.addStretch(1)
        self.setWidget(inside)

    def show_model(self, spec: ModelSpec, state: AppState) -> None:
        """Show `spec`, and what `state` knows of whether it fits."""
        if spec is not self._spec:
            self._show_spec(spec)
        self._spec = spec
        self.disk.setText(disk_words(spec, state))
        self.disk.setVisible(bool(self.disk.text()))
        self.licence.show_licence(spec, state)
        self._show_fit(spec, state)

    def _show_spec(self, spec: ModelSpec) -> None:
        self.name.show_text(title_of(spec))
        self.place.show_text(place_of(spec))
        self.sizes.show_rows(size_facts(spec), FACT_TIPS)
        self.shape.show_rows(shape_facts(spec), FACT_TIPS)
        self.kind.show_rows(kind_facts(spec), FACT_TIPS)
        self.groups.show_lines(group_lines(spec))
        self.trained.setText(trained_words(spec))
        remarks = ([spec.note] if spec.note else []) + [f"Less sure: {words}" for words in spec.uncertain]
        self.remarks.setText("\n".join(remarks))
        self.remarks.setVisible(bool(remarks))

    def _show_fit(self, spec: ModelSpec, state: AppState) -> None:
        found = state.recommendation
        if found is None or found.model != spec or not found.plans:
            self.sign.show_icon("info", "muted")
            set_role(self.verdict, "muted")
            self.verdict.setText("Working out whether it fits." if "model" not in state.errors else "")
            self.bar.show_values(None)
            self.advice.hide()
            self.sure.setText("")
            return
        plan = found.plans[0]
        _, icon, role = FIT[plan.verdict]
        self.sign.show_icon(icon, role)
        set_role(self.verdict, role)
        words = verdict_words(plan.verdict, plan.memory, found.machine)
        self.verdict.setText(words)
        self.bar.show_values(planned_memory(plan.memory, found.machine))
        shown = state.rehearsing if state.settings == plan.settings else NOT_REHEARSED
        self.sure.setText(depth_words(shown, plan.memory, plan.instant))
        self.sure.setToolTip(depth_tip(shown))
        lines = [other.text for other in found.alternatives] if plan.verdict == "does_not_fit" else []
        self.advice.setText("\n".join(f"• {line}" for line in lines))
        self.advice.setVisible(bool(lines))
