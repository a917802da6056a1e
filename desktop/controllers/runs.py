"""The runs: reads their rows while somebody looks or works, shows one, deletes and restores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QThreadPool, QTimer

from core.errors import TunesmithError
from core.runs.history import history
from core.runs.run import Run
from core.runs.store import RunStore
from core.runs.summary import RunSummary
from core.tasks import rerun, train
from desktop.controllers.controller import Controller
from desktop.intents import (
    DeleteRun,
    Intent,
    NoteRun,
    OpenRun,
    PickRuns,
    RenameRun,
    RestoreRun,
    RunAgain,
    SelectRun,
    TagRun,
)
from desktop.run_details import RunDetails, read_details
from desktop.state import ActiveRun, AppState, Store

WATCHED_MS = 1000
QUIET_MS = 4000


class RunsController(Controller):
    """Owns `state.runs`, `state.active` as the folders tell it, `state.history`, `state.selected_run`,
    `state.run_details`, `state.picked_runs` and `state.compared`."""

    step = "runs"

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(store, parent)
        self._reading = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.read)

    def handlers(self) -> dict[type[Intent], Callable[[Any], None]]:
        """Which method answers which intent."""
        return {
            SelectRun: lambda intent: self.store.update(selected_run=intent.name),
            OpenRun: lambda intent: self.store.update(run=intent.name, step="train"),
            DeleteRun: self.delete,
            RestoreRun: self.restore,
            PickRuns: lambda intent: self.store.update(picked_runs=intent.names),
            RenameRun: lambda intent: self._relabel(lambda store: store.rename(intent.name, intent.title)),
            TagRun: lambda intent: self._relabel(lambda store: store.tag(intent.name, intent.tags)),
            NoteRun: lambda intent: self._relabel(lambda store: store.note(intent.name, intent.notes)),
            RunAgain: self.again,
        }

    def start(self) -> None:
        """Read the runs, and again from time to time; what a crash left in the trash goes."""
        self.background(RunStore().empty_trash, lambda _: self.read())

    def stop(self) -> None:
        """The window closes: what was deleted is gone for good, in a thread that the process waits for."""
        self._timer.stop()
        if self.store.state.deleted_runs:
            QThreadPool.globalInstance().start(RunStore().empty_trash)

    def react(self, state: AppState, before: AppState) -> None:
        """Look at once when somebody comes to look, and draw what is selected; while nobody looks nothing is read,
        which for a long run at work would take the processor from the window again and again."""
        came = state.step == self.step and before.step != self.step
        if came:
            self.read()
        chosen = _chosen(state)
        if chosen is None and state.run_details is not None:
            self.store.update(run_details=None)
        if state.step != self.step:
            return
        if chosen is not None and (came or chosen != _chosen(before)):
            self.background(lambda: read_details(chosen), self._show_details, key="details")
        picked = _picked(state)
        if picked != _picked(before) or (came and (picked or state.compared)):
            self._compare(picked)

    def _compare(self, runs: tuple[RunSummary, ...]) -> None:
        """Read what is drawn side by side; what was read already and has not changed is kept."""
        known = {details.name: details for details in self.store.state.compared}
        at_work = {run.name for run in runs if run.active}

        def read() -> tuple[RunDetails, ...]:
            return tuple(
                known[run.name] if run.name in known and run.name not in at_work else read_details(run) for run in runs
            )

        self.background(read, lambda found: self.store.update(compared=found), key="compare", busy="Reading the runs")

    def _relabel(self, change: Callable[[RunStore], Run]) -> None:
        self.background(lambda: change(RunStore()), lambda _: self.read())

    def again(self, intent: RunAgain) -> None:
        """Make the same run once more and show it; where something has changed since, the banner says so first."""
        name = intent.name or self.store.state.selected_run or ""
        self.store.set_error(self.step, None)

        def start() -> Run:
            made = rerun.again(name, anyway=intent.anyway)
            train.launch(made)
            return made

        def show(made: Run) -> None:
            self.read()
            self.store.update(run=made.name, step="train")

        self.background(start, show, busy="Starting the run")

    def read(self) -> None:
        """Read every run's row, unless that is just being done."""
        if self._reading:
            return
        self._reading = True
        self.background(RunStore().list, self._show, on_failure=self._not_read)

    def delete(self, intent: DeleteRun) -> None:
        """Into the trash, until the window closes."""

        def gone(_: None) -> None:
            state = self.store.state
            runs = tuple(run for run in state.runs if run.name != intent.name)
            self.store.update(
                runs=runs,
                deleted_runs=(*state.deleted_runs, intent.name),
                selected_run=_neighbour(state.runs, intent.name),
                run=None if state.run == intent.name else state.run,
            )

        self.background(lambda: RunStore().discard(intent.name), gone, busy="Deleting the run")

    def restore(self, intent: RestoreRun) -> None:
        """Out of the trash again."""

        def back(_: None) -> None:
            left = tuple(name for name in self.store.state.deleted_runs if name != intent.name)
            self.store.update(deleted_runs=left, selected_run=intent.name)
            self.read()

        self.background(lambda: RunStore().restore(intent.name), back)

    def _show(self, runs: list[RunSummary]) -> None:
        self._reading = False
        deleted = self.store.state.deleted_runs
        found = tuple(run for run in runs if run.name not in deleted)
        others = _measured(found) != _measured(self.store.state.runs) or self.store.state.history is None
        self.store.update(
            runs=found, active=_active(found, self.store.state.active), selected_run=self._selected(found)
        )
        if others:
            self.background(lambda: history(RunStore()), lambda known: self.store.update(history=known), key="history")
        watched = self.store.state.active is not None or self.store.state.step == self.step
        self._timer.start(WATCHED_MS if watched else QUIET_MS)

    def _selected(self, runs: tuple[RunSummary, ...]) -> str | None:
        """What is selected now, or else the newest."""
        selected = self.store.state.selected_run
        names = [run.name for run in runs]
        return selected if selected in names else next(iter(names), None)

    def _show_details(self, details: RunDetails) -> None:
        self.store.update(run_details=details)

    def _not_read(self, error: TunesmithError) -> None:
        self._reading = False
        self.store.set_error(self.step, error)
        self._timer.start(QUIET_MS)


def _measured(runs: tuple[RunSummary, ...]) -> list[tuple[str, int]]:
    """What decides whether the comparison over all runs is another."""
    return [(run.name, run.peak_memory_bytes) for run in runs]


def _chosen(state: AppState) -> RunSummary | None:
    return next((run for run in state.runs if run.name == state.selected_run), None)


def _picked(state: AppState) -> tuple[RunSummary, ...]:
    """The runs that are drawn side by side, in the order of the table."""
    found = tuple(run for run in state.runs if run.name in state.picked_runs)
    return found if len(found) > 1 else ()


def _neighbour(runs: tuple[RunSummary, ...], name: str) -> str | None:
    """The run below `name` in the list, or above it if it is the last."""
    names = [run.name for run in runs]
    if name not in names:
        return next(iter(names), None)
    index = names.index(name)
    rest = names[:index] + names[index + 1 :]
    return rest[min(index, len(rest) - 1)] if rest else None


def _active(runs: tuple[RunSummary, ...], known: ActiveRun | None) -> ActiveRun | None:
    """The run at work. What its follower already knows further than the folder's last reading is kept."""
    found = next((run for run in runs if run.active), None)
    if found is None:
        return None
    if known is not None and known.name == found.name and known.step > found.step:
        return known
    return ActiveRun(found.name, found.state, found.step, found.steps_total, found.left_s)
