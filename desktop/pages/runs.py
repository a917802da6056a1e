"""Runs: a table of every run, and the selected one drawn beside it."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedLayout, QStackedWidget, QVBoxLayout, QWidget

from core.runs.summary import RunSummary
from desktop.intents import ChatWith, GoTo, NewRun, OpenRun, PickRuns, RestoreRun, SelectRun
from desktop.pages.page import Page, Primary
from desktop.state import AppState
from desktop.style import SPACE
from desktop.style.text import label
from desktop.widgets.columns import Columns
from desktop.widgets.compare_panel import ComparePanel
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.kept_promises import history_words
from desktop.widgets.queue_list import QueueList
from desktop.widgets.run_card import RunCard
from desktop.widgets.runs_table import RunsTable
from desktop.widgets.scrolled import scrolled
from desktop.widgets.undo_line import UndoLine


class RunsPage(Page):
    """Every run, what became of it, and what can be done with it."""

    step = "runs"
    title = "Runs"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = RunsTable()
        self.table.chosen.connect(lambda name: self.send(SelectRun(name)))
        self.table.opened.connect(lambda name: self.send(OpenRun(name)))
        self.table.picked.connect(lambda names: self.send(PickRuns(names)))
        self.card = RunCard()
        self.card.intent.connect(self.send)
        self.compared = ComparePanel()
        self.compared.intent.connect(self.send)
        self.right = QStackedWidget()
        self.right.addWidget(self.card)
        self._compared_area = scrolled(self.compared)
        self.right.addWidget(self._compared_area)
        words = (
            "Every training run is kept here with its curve, its settings and what it can do. The first takes a minute."
        )
        self.empty = EmptyState("runs", "No runs yet", words, "Go to Train")
        self.empty.clicked.connect(lambda: self.send(GoTo("train")))
        self.worth = label(size="small", role="muted", wrap=True, wide=True)
        self.worth.setToolTip("What was predicted, less what was measured, over every run that was measured.")
        self.hint = label("Ctrl or Shift selects several: they are drawn side by side.", size="small", role="muted")
        self.queue = QueueList()
        self.queue.intent.connect(self.send)
        self.undo = UndoLine()
        self.undo.clicked.connect(lambda name: self.send(RestoreRun(name)))
        self._stack = QStackedLayout()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(Columns(self._left(), self.right, left_share=0.61))
        self.body.addLayout(self._stack, 1)

    def _left(self) -> QWidget:
        side = QWidget()
        layout = QVBoxLayout(side)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE.s)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.hint)
        layout.addWidget(self.queue)
        layout.addWidget(self.worth)
        layout.addWidget(self.undo)
        return side

    def sentence(self, state: AppState) -> str:
        """How many there are, and whether one is at work."""
        if not state.runs:
            return "Nothing has been trained yet."
        finished = sum(run.state == "finished" for run in state.runs)
        count = f"{len(state.runs)} {'run' if len(state.runs) == 1 else 'runs'}, {finished} finished"
        count += f", {len(state.queue)} waiting" if state.queue else ""
        if state.active is None:
            return f"{count}."
        return f"{count}; {state.active.name} is {'paused' if state.active.state == 'paused' else 'at work'}."

    def primary(self, state: AppState) -> Primary | None:
        """Talk to the run that is selected, or start a new one."""
        run = _selected(state)
        if run is not None and can_chat(run):
            return Primary("Chat with it", ChatWith(run.name))
        if not state.runs:
            return Primary("Go to Train", GoTo("train"))
        return Primary("New run", NewRun())

    def refresh(self, state: AppState) -> None:
        """Table, card, undo."""
        nothing = not state.runs and not state.deleted_runs
        self._stack.setCurrentIndex(0 if nothing else 1)
        self.table.show_runs(state.runs, state.selected_run, state.picked_runs)
        self.queue.show_queue(state.queue, state.queue_held, state.queue_sweep, state.runs)
        picked = [run for run in state.runs if run.name in state.picked_runs]
        self.hint.setVisible(len(state.runs) > 1 and not picked)
        if len(picked) > 1:
            self.compared.show_runs(picked, state.compared, state.plots)
            self.right.setCurrentWidget(self._compared_area)
        else:
            self.card.show_run(_selected(state), state.run_details)
            self.right.setCurrentWidget(self.card)
        self.worth.setText(history_words(state.history))
        self.worth.setVisible(bool(self.worth.text()))
        deleted = state.deleted_runs[-1] if state.deleted_runs else ""
        self.undo.show_deleted(deleted, f"{deleted} was deleted.")


def _selected(state: AppState) -> RunSummary | None:
    return next((run for run in state.runs if run.name == state.selected_run), None)


def can_chat(run: RunSummary) -> bool:
    """Whether it has learnt something that can be talked to: it is finished, or stopped with a checkpoint."""
    return run.state in ("finished", "stopped") and run.step > 0
