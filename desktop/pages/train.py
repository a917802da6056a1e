"""The Train page: settings at the left; at the right what they cost, and, once started, the run as it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStackedWidget, QWidget

from core.sweeps.store import DRIVEN
from desktop.intents import (
    CancelMeasuring,
    CancelRateTest,
    ChatWith,
    CloseSweep,
    GoTo,
    Intent,
    NewRun,
    OpenRun,
    OpenSweep,
    QueueTraining,
    ResumeRun,
    StartTraining,
    StopRun,
    StopSweep,
)
from desktop.pages.model_licence import unaccepted
from desktop.pages.page import Page, Primary
from desktop.pages.train_forecast import Forecast
from desktop.pages.train_run import RunPanel
from desktop.pages.train_settings import SettingsPanel
from desktop.pages.train_sweep import BACK, SweepPanel, primary_of
from desktop.pages.train_sweep_words import sweep_sentence
from desktop.pages.train_words import next_run_sentence, run_sentence
from desktop.state import AppState
from desktop.sweep_view import sweep_of
from desktop.widgets.columns import Columns
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.scrolled import scrolled

if TYPE_CHECKING:
    from desktop.run_view import RunView
    from desktop.sweep_view import SweepView

SWEEP_TIP = "Try several values of a few settings within a budget, and see which learn best"


class TrainPage(Page):
    """Set up a run, start it, watch it."""

    step = "train"
    title = "Train"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run_in_front = ""
        self.settings = SettingsPanel()
        self.settings.intent.connect(self.send)
        self.forecast = Forecast()
        self.forecast.intent.connect(self.send)
        self.run = RunPanel()
        self.run.intent.connect(self.send)
        self.no_model = EmptyState(
            "model", "No model yet", "Choose what is to be trained; the settings follow from it.", "Choose a model"
        )
        self.no_model.clicked.connect(lambda: self.send(GoTo("model")))
        self.no_data = EmptyState(
            "data", "No data yet", "Choose the examples that the model is to learn from.", "Choose data"
        )
        self.no_data.clicked.connect(lambda: self.send(GoTo("data")))
        self.no_plan = EmptyState("train", "Working out what fits", "The recommendation comes in a moment.")
        self.right = QStackedWidget()
        self._forecast_area = scrolled(self.forecast)
        self._run_area = scrolled(self.run)
        for widget in (self._forecast_area, self._run_area, self.no_model, self.no_data, self.no_plan):
            self.right.addWidget(widget)
        self.sweep = SweepPanel()
        self.sweep.intent.connect(self.send)
        self._next_or_run = Columns(self.settings, self.right, left_share=0.34)
        self._sweep_area = scrolled(self.sweep)
        self.whole = QStackedWidget()
        self.whole.addWidget(self._next_or_run)
        self.whole.addWidget(self._sweep_area)
        self.body.addWidget(self.whole, 1)

    def sentence(self, state: AppState) -> str:
        """The next run, or the one that is shown."""
        if state.sweep is not None:
            return sweep_sentence(state.sweep, state)
        return run_sentence(state.training) if state.training is not None else next_run_sentence(state)

    def primary(self, state: AppState) -> Primary | None:
        """Start; or what comes after the run that is shown."""
        if state.sweep is not None:
            return primary_of(state.sweep, state)
        if state.training is not None:
            return _after_run(state.training, state)
        why_not = _missing(state)
        if state.active is not None:
            return Primary("Queue", QueueTraining(), enabled=not why_not, why_not=why_not or _turn(state))
        return Primary("Train", StartTraining(), enabled=not why_not, why_not=why_not)

    def secondary(self, state: AppState) -> Primary | None:
        """A sweep instead of one run; or back from it."""
        if state.sweep is not None:
            return BACK
        shown = state.training.name if state.training is not None else state.active.name if state.active else ""
        if sweep := sweep_of(shown, state.sweeps):
            return Primary("Show the sweep", OpenSweep(sweep), why_not="The sweep that this run belongs to")
        if state.training is not None:
            return None
        if state.active is not None:
            return Primary("Show the run at work", OpenRun(state.active.name))
        missing = _missing(state)
        return Primary("Sweep…", OpenSweep(), enabled=not missing, why_not=missing or SWEEP_TIP)

    def prepare(self) -> None:
        """The plots of a run that will be shown."""
        self.run.plots.prepare()

    def escape(self, state: AppState) -> Intent | None:
        """Esc stops what is shown."""
        if state.sweep is not None:
            return _escape_of(state.sweep)
        view = state.training
        if view is None and state.measuring:
            return CancelMeasuring()
        if view is None and state.rate_test.running:
            return CancelRateTest()
        return StopRun() if view is not None and view.summary.active and not view.asked else None

    def refresh(self, state: AppState) -> None:
        """Both sides, or the sweep in their place."""
        self.whole.setCurrentWidget(self._next_or_run if state.sweep is None else self._sweep_area)
        if state.sweep is not None:
            self.sweep.show_sweep(state.sweep, state)
            return
        view = state.training
        if view is not None:
            self.settings.show_run(view.job.settings if view.job else None, view.name)
            if view.caught_up:
                self.settings.samples.show_run(view)
            self.settings.prompts.show_prompts(view.job.sample_prompts if view.job else (), enabled=False)
            self.run.show_run(view, state.fit_machine, state.plots, state.prices)
            if view.name != self._run_in_front:
                self._run_in_front = view.name
                self._run_area.verticalScrollBar().setValue(0)
            if self.right.currentWidget() is not self._run_area:
                self.right.setCurrentWidget(self._run_area)
                self._run_area.setFocus()
            return
        self.right.setCurrentWidget(self._right_of_next(state))  # first, for its bar follows the sliders
        self.settings.show_next(state)
        self.settings.rate.show_test(state, _missing(state))

    def _right_of_next(self, state: AppState) -> QWidget:
        if state.estimate is not None and state.fit_machine is not None and state.verdict is not None:
            self.forecast.show_forecast(state)
            return self._forecast_area
        if state.model is None and ("model" in state.errors or "model" not in state.busy):
            return self.no_model
        if state.dataset is None and "data" in state.errors:
            return self.no_data
        return self.no_plan


def _turn(state: AppState) -> str:
    """When a run that is queued now would start."""
    before = len(state.queue)
    others = f" and {before} that {'waits' if before == 1 else 'wait'} already" if before else ""
    return f"It starts by itself after the run at work{others}, also when this window is closed"


def _escape_of(view: SweepView) -> Intent | None:
    """What Esc stops of a sweep: itself, or else its form is left."""
    if view.is_form:
        return CloseSweep()
    return StopSweep() if view.table is not None and view.table.state in DRIVEN and not view.asked else None


def _missing(state: AppState) -> str:
    if state.model is None:
        return "Choose a model first."
    if state.dataset is None and "data" in state.errors:
        return "Choose data that can be read first."
    if unaccepted(state.model, state) is not None:
        return "Accept the model's licence first, on the Model page."
    if state.hub_model:
        return "Download the model first, on the Model page."
    if state.dataset is None:
        return "The data is being read; it takes a few seconds."
    if state.settings is None or state.verdict is None:
        return "The recommendation comes in a moment."
    if state.bad_settings:
        return "One setting has a value that it cannot have."
    if state.tried_card is not None:
        return (
            f"This plans for another card, the {state.tried_card}. Go back to your own on the Hardware page to train."
        )
    return ""


def _after_run(view: RunView, state: AppState) -> Primary | None:
    if not view.caught_up:
        return None
    if view.summary.state == "finished":
        return Primary("Chat with it", ChatWith(view.name))
    if view.summary.state in ("died", "stopped", "paused"):
        return Primary("Resume", ResumeRun(view.name), enabled=not view.asked, why_not="It goes on in a moment.")
    if view.summary.state == "failed":
        return Primary("Resume", ResumeRun(view.name)) if view.checkpoint else Primary("New run", NewRun())
    return None
