"""The right of the Train page once a run was started: its bar, how far it is, its curves, and how it ended."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from core.fit.values import FitMachine
from desktop.intents import ChatWith, Intent, NewRun, PauseRun, ResumeRun, StopRun
from desktop.pages.train_ending import Ending
from desktop.pages.train_words import amounts
from desktop.plot_choice import PlotChoice
from desktop.style import SPACE
from desktop.style.text import label
from desktop.widgets import buttons
from desktop.widgets.column import Column
from desktop.widgets.fit_bar import FitBar, FitValues
from desktop.widgets.progress_line import ProgressLine

if TYPE_CHECKING:
    from core.fit.prices import Prices
    from desktop.run_view import RunView
    from desktop.widgets.plots.run_plots import RunPlots


class RunPanel(Column):
    """One run.

    Signals:
        intent(Intent): the person wants something of it.
    """

    intent = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(SPACE.m, parent)
        self._view: RunView | None = None
        self.bar = FitBar()
        self.progress = ProgressLine()
        self.progress.setAccessibleName("Progress of the run")
        self.amounts = label()
        self.amounts.setWordWrap(True)
        self.amounts.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.pause = buttons.secondary("Pause", icon="pause", tip="Hold still after this step, its memory given back")
        self.resume = buttons.secondary("Resume", icon="play")
        self.stop = buttons.secondary("Stop", icon="stop")
        self.new = buttons.secondary(
            "New run",
            icon="plus",
            tip="Show the settings of the next run; this one is kept, and goes on if it is at work",
        )
        self.pause.clicked.connect(lambda: self.intent.emit(PauseRun()))
        self.resume.clicked.connect(lambda: self._send_named(ResumeRun))
        self.stop.clicked.connect(lambda: self.intent.emit(StopRun()))
        self.new.clicked.connect(lambda: self.intent.emit(NewRun()))
        self.ending = Ending()
        self.ending.intent.connect(self.intent)
        self._plots_place = QVBoxLayout()
        self._lay_out()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(SPACE.s)
        line.addWidget(self.amounts, 1)
        for button in (self.pause, self.resume, self.stop, self.new):
            line.addWidget(button)
        self.rows.addWidget(self.bar)
        self.rows.addLayout(line)
        self.rows.addWidget(self.progress)
        self.rows.addWidget(self.ending)
        self.rows.addLayout(self._plots_place, 1)

    @functools.cached_property
    def plots(self) -> RunPlots:
        """The curves, made when the first run is shown: what draws them takes a while to import."""
        from desktop.widgets.plots.run_plots import RunPlots

        made = RunPlots()
        made.intent.connect(self.intent)
        self._plots_place.addWidget(made)
        return made

    def show_run(
        self,
        view: RunView,
        machine: FitMachine | None,
        choice: PlotChoice | None = None,
        prices: Prices | None = None,
    ) -> None:
        """Show `view`; `machine` is this computer's card or RAM, `choice` which plots are wanted."""
        self._view = view
        self.bar.show_values(bar_values(view, machine))
        self.amounts.setText(amounts(view))
        self._show_progress(view)
        self._show_buttons(view)
        self.ending.show_run(view)
        if view.caught_up:
            self.plots.show_curves(view.curves, view.summary.predicted_memory_bytes, choice, prices)

    def _show_progress(self, view: RunView) -> None:
        summary = view.summary
        busy = summary.active and (view.last_step is None or summary.state == "starting")
        known = view.progress if busy and view.progress is not None and view.progress.total else None
        done, total = (known.done, known.total) if known else (summary.step, summary.steps_total)
        self.progress.setVisible(summary.active or summary.state == "new")
        self.progress.show_share(done, 0 if busy and known is None else max(1, total))

    def _show_buttons(self, view: RunView) -> None:
        state, asked = view.summary.state, view.asked
        self.pause.setVisible(state in ("new", "starting", "running"))
        self.pause.setEnabled(state == "running" and not asked)
        self.pause.setText("Pausing…" if asked == "pause" else "Pause")
        self.resume.setVisible(state == "paused")
        self.resume.setEnabled(not asked)
        self.stop.setVisible(view.summary.active)
        self.stop.setText("End now" if asked == "stop" else "Stop")
        self.stop.setToolTip(
            "End the process at once; what was learnt since the last checkpoint is lost"
            if asked == "stop"
            else "Write a checkpoint and end (Esc)"
        )
        self.stop.setEnabled(bool(view.name))
        self.new.setVisible(state != "new")
        self.new.setText("Next run" if view.summary.active else "New run")

    def _send_named(self, kind: type[ResumeRun] | type[ChatWith]) -> None:
        if self._view is not None:
            wanted: Intent = kind(self._view.name)
            self.intent.emit(wanted)


def bar_values(view: RunView, machine: FitMachine | None) -> FitValues | None:
    """The bar of a run: measured over predicted, as long as the card (or the RAM) that it runs on."""
    memory = view.memory
    has_card = memory.device_total_bytes > 0 if memory else machine is not None and machine.is_gpu
    if memory is not None:
        total, used = memory.ram_total_bytes, memory.ram_used_bytes
        if has_card:
            total, used = memory.device_total_bytes, memory.device_used_bytes
        held = max(0, used - memory.process_bytes)
    elif machine is not None:
        total, held = machine.memory_total_bytes, machine.held_bytes
    else:
        return None
    terms = dict(view.estimate.terms) if view.estimate is not None else {}
    if not terms and view.summary.predicted_memory_bytes:
        terms = {"predicted": view.summary.predicted_memory_bytes}
    known_card = machine.gpu if machine is not None and machine.is_gpu else "Card"
    return FitValues(
        capacity_bytes=total,
        held_bytes=held,
        terms=terms,
        measured_bytes=memory.process_bytes if memory else None,
        capacity_name=known_card if has_card else "RAM",
        titles={"predicted": "Predicted"} | ({} if has_card else {"context": "Program itself"}),
    )
