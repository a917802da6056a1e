"""A sweep on the Train page: the form for one, or the one that is shown: its table, its picture, what it has found."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from core.sweeps.standing import Standing
from core.sweeps.store import DRIVEN
from desktop.intents import ChatWith, CloseSweep, DeleteSweep, OpenRun, ResumeSweep, StartSweep, StopSweep, UseWinner
from desktop.pages.page import Primary
from desktop.pages.train_sweep_form import SweepForm
from desktop.pages.train_sweep_words import ABOUT, problem_of, result_words
from desktop.state import AppState
from desktop.style import SPACE
from desktop.style.text import label
from desktop.sweep_view import SweepView
from desktop.widgets import buttons
from desktop.widgets.icon_label import IconLabel
from desktop.widgets.progress_line import ProgressLine

if TYPE_CHECKING:
    from desktop.widgets.plots.curve_panel import CurvePanel
    from desktop.widgets.sweep_table import SweepTable

LEAST_PLOT = 260
BACK = Primary("Back", CloseSweep(), why_not="Show the settings of the next run; a sweep at work goes on")


class SweepPanel(QWidget):
    """One sweep.

    Signals:
        intent(Intent): the person wants something of it.
    """

    intent = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view: SweepView | None = None
        self._drawn: tuple[tuple[str, str, str], ...] = ()
        self.form = SweepForm()
        self.form.intent.connect(self.intent)
        self.progress = ProgressLine()
        self.progress.setAccessibleName("Progress of the sweep")
        kept = self.progress.sizePolicy()
        kept.setRetainSizeWhenHidden(True)  # so that the buttons stay at the right
        self.progress.setSizePolicy(kept)
        self.stop = buttons.secondary("Stop", icon="stop")
        self.stop.clicked.connect(lambda: self.intent.emit(StopSweep()))
        self.delete = buttons.quiet("Delete", icon="trash")
        self.delete.clicked.connect(self._delete)
        self.sign = IconLabel("tick", role="ok", side=20)
        self.words = label(wrap=True, wide=True)
        self.words.setToolTip(ABOUT)
        self.chat = buttons.secondary("Chat with the winner", icon="chat")
        self.chat.clicked.connect(self._chat)
        self._plot_place, self._table_place = QVBoxLayout(), QVBoxLayout()
        self.live = self._make_live()
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.form)
        self._stack.addWidget(self.live)

    def _make_live(self) -> QWidget:
        line = QHBoxLayout()
        line.setSpacing(SPACE.s)
        line.addWidget(self.progress, 1)
        line.addWidget(self.stop)
        line.addWidget(self.delete)
        self.result = QFrame()
        self.result.setProperty("panel", True)
        found = QHBoxLayout(self.result)
        found.setContentsMargins(SPACE.m, SPACE.m, SPACE.m, SPACE.m)
        found.setSpacing(SPACE.m)
        found.addWidget(self.sign)
        found.addWidget(self.words, 1)
        found.addWidget(self.chat)
        made = QWidget()
        layout = QVBoxLayout(made)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE.m)
        layout.addLayout(line)
        layout.addWidget(self.result)
        layout.addLayout(self._table_place)
        layout.addLayout(self._plot_place, 1)
        return made

    @functools.cached_property
    def table(self) -> SweepTable:
        """The table, made when the first sweep is shown."""
        from desktop.widgets.sweep_table import SweepTable

        made = SweepTable()
        made.opened.connect(lambda run: self.intent.emit(OpenRun(run)))
        self._table_place.addWidget(made)
        return made

    @functools.cached_property
    def plot(self) -> CurvePanel:
        """The picture, made then too: what draws it takes a while to import."""
        from desktop.widgets.plots.curve_panel import CurvePanel

        tip = "Loss on the rows held back, of every run. A run that was dropped ends where it was dropped."
        made = CurvePanel("Validation loss", "step", "nats a token", tip=tip, interactive=True)
        assert made.menu is not None
        made.menu.allow_hiding(False)
        made.menu.log_wanted.connect(made.show_log)
        made.menu.save.connect(self.intent)
        made.show_log(True)  # what matters are small differences at the end
        made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        made.setMinimumHeight(LEAST_PLOT)
        self._plot_place.addWidget(made)
        return made

    def show_sweep(self, view: SweepView, state: AppState) -> None:
        """Show the form, or the sweep as it is now."""
        self._stack.setCurrentWidget(self.form if view.is_form else self.live)
        if view.is_form:
            self.form.show_draft(view.draft, state, enabled=not view.asked)
        elif view is not self._view:
            self._show_live(view)
        self._view = view

    def _show_live(self, view: SweepView) -> None:
        table = view.table
        at_work = table is not None and table.state in (*DRIVEN, "new")
        self.progress.setVisible(table is None or at_work)
        known = table is not None and bool(table.left_s)
        self.progress.show_share(round(1000 * table.share) if table is not None else 0, 1000 if known else 0)
        self.stop.setVisible(at_work)
        self.stop.setText("End now" if view.asked else "Stop")
        self.stop.setEnabled(view.asked != "end")
        self.stop.setToolTip(
            "End the run at work at once; what it learnt since its last checkpoint is lost"
            if view.asked
            else "End; the run at work writes a checkpoint first, and the sweep can be gone on with (Esc)"
        )
        self.delete.setEnabled(table is not None and not at_work)
        self.delete.setToolTip(
            "Stop it first" if at_work else "The sweep and its runs; can be undone until the window closes"
        )
        said = result_words(table) if table is not None and table.words else ""
        self.result.setVisible(bool(said))
        self.words.setText(said)
        self.table.show_table(table)
        if table is not None:
            self._draw(view, table)

    def _draw(self, view: SweepView, table: Standing) -> None:
        from desktop.widgets.sweep_table import look_of, row_words, rows_of

        plot = self.plot
        named = tuple((row_words(table, row), *look_of(table, row.run)) for row in rows_of(table))
        if named != self._drawn:
            self._drawn = named
            plot.remove_curves()
            for words, role, dash in named:
                plot.add_curve(words, role=role, dash=dash)  # type: ignore[arg-type]
        nothing = np.empty(0)
        for (words, _, _), row in zip(named, rows_of(table), strict=True):
            plot.hold_points(words, *view.losses.get(row.run, (nothing, nothing)))
        plot.draw()

    def _delete(self) -> None:
        if self._view is not None:
            self.intent.emit(DeleteSweep(self._view.name))

    def _chat(self) -> None:
        if self._view is not None and self._view.table is not None and self._view.table.winner:
            self.intent.emit(ChatWith(self._view.table.winner))


def primary_of(view: SweepView, state: AppState) -> Primary | None:
    """Start, go on, or take what was found."""
    if view.is_form:
        problem = problem_of(view.draft, state)
        return Primary("Start the sweep", StartSweep(), enabled=not problem and not view.asked, why_not=problem)
    table = view.table
    if table is None or view.asked:
        return None
    if table.state in ("stopped", "died", "failed"):
        return Primary("Resume", ResumeSweep(view.name))
    return Primary("Use these settings", UseWinner()) if table.state == "finished" and table.winner else None
