"""One run, drawn: state, loss curve, memory promised and taken, settings, and what can be done with it."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QScrollArea, QVBoxLayout, QWidget

from core.fit.words import format_bytes
from core.runs.summary import RunSummary
from core.settings import SETTINGS, TrainingSettings
from desktop.intents import ChatWith, DeleteRun, OpenRun, PlanLike, ResumeRun, RunAgain
from desktop.run_details import RunDetails
from desktop.style import SPACE
from desktop.style.text import label
from desktop.widgets import buttons
from desktop.widgets.durations import format_duration
from desktop.widgets.icon_label import IconLabel
from desktop.widgets.kept_promises import KeptPromises
from desktop.widgets.key_values import KeyValues
from desktop.widgets.plots.curve_panel import CurvePanel
from desktop.widgets.run_labels import RunLabels
from desktop.widgets.run_words import STATES
from desktop.widgets.section import Section

PLOT_HEIGHT = 220


class RunCard(QWidget):
    """The selected run.

    Signals:
        intent(Intent): open, chat, resume, do again, rename, delete and so on.
    """

    intent = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: RunSummary | None = None
        self._details: RunDetails | None = None
        self.sign = IconLabel("circle", role="muted", side=20)
        self.name = label(size="heading")
        self.labels = RunLabels()
        self.labels.intent.connect(self.intent)
        self.state = label(role="muted")
        self.problem = label(role="danger", wrap=True)
        self.plot = CurvePanel("Loss", interactive=True)
        assert self.plot.menu is not None
        self.plot.menu.allow_hiding(False)
        self.plot.menu.log_wanted.connect(self.plot.show_log)
        self.plot.menu.save.connect(self.intent)
        self.plot.add_curve("training", role="tuned")
        self.plot.add_curve("validation", role="validation", dash="dash")
        self.plot.setFixedHeight(PLOT_HEIGHT)
        self.facts = KeyValues()
        self.promises = KeptPromises()
        self.settings = KeyValues()
        self.open = buttons.secondary("Open", icon="open", tip="Show it on the Train page")
        self.chat = buttons.secondary("Chat", icon="chat", tip="Base and tuned side by side")
        self.resume = buttons.secondary("Resume", icon="play", tip="Go on from the last checkpoint")
        self.delete = buttons.danger("Delete", icon="trash", tip="Can be undone until the window closes")
        for button, kind in (
            (self.open, OpenRun),
            (self.chat, ChatWith),
            (self.resume, ResumeRun),
            (self.delete, DeleteRun),
        ):
            button.clicked.connect(lambda checked=False, kind=kind: self._send(kind))
        self.more = buttons.quiet("", icon="more", tip="Duplicate, run again")
        self.more.setProperty("bare", True)
        self.menu = QMenu(self.more)
        self.menu.setToolTipsVisible(True)
        self.more.setMenu(self.menu)
        self.duplicate = self.menu.addAction("Duplicate with changes")
        self.duplicate.setToolTip("Put its model, data and settings on the Train page, to change what you like")
        self.duplicate.triggered.connect(lambda: self._run and self.intent.emit(PlanLike(self._run.name, {})))
        self.again = self.menu.addAction("Run again exactly")
        self.again.setToolTip("The same job once more; on the processor it comes to the same adapter, bit for bit")
        self.again.triggered.connect(lambda: self._run and self.intent.emit(RunAgain(self._run.name)))
        self._lay_out()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE.s)
        head.addWidget(self.sign)
        head.addWidget(self.name, 1)
        actions = QHBoxLayout()
        actions.setSpacing(SPACE.s)
        for button in (self.open, self.chat, self.resume):
            actions.addWidget(button)
        actions.addStretch(1)
        actions.addWidget(self.more)
        actions.addWidget(self.delete)
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(0, 0, SPACE.m, 0)
        rows.setSpacing(SPACE.l)
        rows.addWidget(self.problem)
        rows.addWidget(self.plot)
        rows.addWidget(self.labels)
        rows.addWidget(self.facts)
        rows.addWidget(Section("Predicted and measured", self.promises))
        rows.addWidget(Section("Settings", self.settings))
        rows.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidget(inside)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE.s)
        layout.addLayout(head)
        layout.addWidget(self.state)
        layout.addLayout(actions)
        layout.addSpacing(SPACE.s)
        layout.addWidget(self._scroll, 1)

    def show_run(self, run: RunSummary | None, details: RunDetails | None) -> None:
        """Show `run`; `details` may belong to another that was selected before, and are then left out."""
        fitting = details if run is not None and details is not None and details.name == run.name else None
        self.setVisible(run is not None)
        if run is None or (run == self._run and fitting is self._details):
            return
        other = self._run is None or self._run.name != run.name
        self._run, self._details = run, fitting
        self._show_head(run)
        self._show_actions(run)
        self.plot.setVisible(run.step > 0)
        self.facts.show_rows(run_facts(run, fitting))
        self.promises.show_row(fitting.compared if fitting is not None else None)
        if fitting is not None:
            steps, held_back = fitting.curves.steps, fitting.curves.validation
            self.plot.hold_points("training", steps["step"], steps["loss"])
            self.plot.hold_points("validation", held_back["step"], held_back["loss"])
            self.plot.show_zoom(None)
            self.plot.draw()
            self.settings.show_rows(settings_rows(fitting.job.settings) if fitting.job is not None else [])
        elif other:
            self.plot.clear()
            self.settings.show_rows([])

    def _show_head(self, run: RunSummary) -> None:
        look = STATES[run.state]
        self.sign.show_icon(look.icon, look.role)
        self.name.setText(run.shown_name)
        self.name.setToolTip(run.name)
        self.labels.show_run(run)
        steps = f", step {run.step:,} of {run.steps_total:,}" if run.steps_total else ""
        self.state.setText(f"{look.word}{steps}")
        error = run.error
        self.problem.setVisible(error is not None)
        if error is not None:
            self.problem.setText(f"{error['what']} {error['why']} {error['remedy']}")

    def _show_actions(self, run: RunSummary) -> None:
        self.chat.setEnabled(run.state in ("finished", "stopped") and run.step > 0)
        self.resume.setText("Start" if run.state == "new" else "Resume")
        self.resume.setVisible(run.state in ("paused", "stopped", "failed", "died", "new"))
        self.duplicate.setEnabled(bool(run.model))
        self.again.setEnabled(bool(run.model) and not run.active)
        self.delete.setEnabled(not run.active)
        self.delete.setToolTip("Stop it first" if run.active else "Can be undone until the window closes")

    def _send(self, kind: type[OpenRun | ChatWith | ResumeRun | DeleteRun]) -> None:
        if self._run is not None:
            self.intent.emit(kind(self._run.name))


def run_facts(run: RunSummary, details: RunDetails | None) -> list[tuple[str, str]]:
    """What the run was promised and what it took."""
    rows = [("Model", run.model), ("Data", run.dataset)]
    peak = run.peak_memory_bytes or (details.peak_bytes if details is not None else 0)
    if run.predicted_memory_bytes or peak:
        rows.append(("Memory", memory_words(run.predicted_memory_bytes, peak)))
    if run.tokens_per_second:
        rows.append(("Speed", speed_words(run.predicted_tokens_per_second, run.tokens_per_second)))
    if run.seconds:
        rows.append(("Time", format_duration(run.seconds)))
    if 0 < run.adapter_step < run.step:
        rows.append(("Result", f"the adapter of step {run.adapter_step:,}, where validation was best"))
    rows += [
        ("Repeats", run.repeats_words),
        ("Changed by itself", details.changed_by_itself if details is not None else ""),
    ]
    if run.judged is not None:
        rows.append(("Verdict", f"{run.judged.words} {run.judged.advice}"))
    return [(name, value) for name, value in rows if value]


def speed_words(predicted: float, measured: float) -> str:
    """“410 tokens per second predicted, 395 measured”; without a prediction only what was measured."""
    if not predicted:
        return f"{measured:,.0f} tokens per second"
    return f"{predicted:,.0f} tokens per second predicted, {measured:,.0f} measured"


def memory_words(predicted_bytes: int, peak_bytes: int) -> str:
    """“6.1 GiB predicted, 6.0 GiB measured”."""
    parts = []
    if predicted_bytes:
        parts.append(f"{format_bytes(predicted_bytes)} predicted")
    if peak_bytes:
        parts.append(f"{format_bytes(peak_bytes)} measured")
    return ", ".join(parts)


def settings_rows(settings: TrainingSettings) -> list[tuple[str, str]]:
    """Every setting by its title."""
    values = msgspec.structs.asdict(settings)
    return [(setting.title, value_words(values[key], setting.unit)) for key, setting in SETTINGS.items()]


def value_words(value: object, unit: str) -> str:
    """A setting's value as words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        words = f"{value:,}"
    elif isinstance(value, float):
        words = f"{value:g}"
    else:
        words = str(value).replace("_", " ")
    return f"{words} {unit}".strip()
