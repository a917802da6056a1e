"""Sweeps: put one together, start it, look at it while it goes on, stop it and go on with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Literal

from PySide6.QtCore import QObject, QThreadPool, QTimer

from core.errors import TunesmithError
from core.runs.store import RunStore
from core.sweeps.standing import Standing
from core.sweeps.store import DRIVEN, SweepStore
from core.tasks import sweep as sweeps
from desktop.controllers.controller import Controller
from desktop.controllers.training import job_of
from desktop.intents import (
    CloseSweep,
    DeleteSweep,
    DraftSweep,
    Intent,
    OpenSweep,
    PlanLike,
    RestoreSweep,
    ResumeSweep,
    StartSweep,
    StopSweep,
    UseWinner,
)
from desktop.state import AppState, Store
from desktop.sweep_draft import budget_of, first_draft, values_in
from desktop.sweep_view import Losses, SweepView, sweep_of

LOOK_MS = 700
REST_MS = 3000
END_PATIENCE_S = 5.0


class SweepsController(Controller):
    """Owns `state.sweep` and `state.sweeps`. It looks at the folders; who leads a sweep knows nothing of windows."""

    step = "train"

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(store, parent)
        self._watch: sweeps.SweepWatch | None = None
        self._looking = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._look)

    def handlers(self) -> dict[type[Intent], Callable[[Any], None]]:
        """What the person can do with sweeps."""
        return {
            OpenSweep: self.open,
            CloseSweep: lambda _: self._show(None),
            DraftSweep: self.draft,
            StartSweep: self.start_sweep,
            StopSweep: self.stop_sweep,
            ResumeSweep: self.resume,
            UseWinner: self.use_winner,
            DeleteSweep: self.delete,
            RestoreSweep: self.restore,
        }

    def start(self) -> None:
        """A sweep that is at work is shown as the window opens."""
        self.background(_at_work, self._found)

    def stop(self) -> None:
        """The window closes: looking ends, the sweep goes on; what was deleted is gone for good."""
        self._timer.stop()
        self._watch = None
        if self.store.state.deleted_sweeps:
            QThreadPool.globalInstance().start(_empty_trash)

    def react(self, state: AppState, before: AppState) -> None:
        """A run that is chosen to be shown takes the sweep's place."""
        if state.sweep is not None and state.run is not None and state.run != before.run:
            self._show(None)

    def open(self, intent: OpenSweep) -> None:
        """The form, or a sweep."""
        state = self.store.state
        self.store.set_error(self.step, None)
        self.store.update(step=self.step)
        if intent.name:
            self._open(intent.name)
        elif state.settings is not None:
            self._show(SweepView(draft=first_draft(state.settings)))

    def _open(self, name: str) -> None:
        self._show(SweepView(name=name))
        self.background(lambda: sweeps.SweepWatch(name), self._watch_it, key="open")

    def draft(self, intent: DraftSweep) -> None:
        """What is typed."""
        view = self.store.state.sweep
        if view is not None and view.is_form:
            self.store.update(sweep=replace(view, draft=intent.draft))

    def start_sweep(self, intent: StartSweep) -> None:
        """Make it, and have it led."""
        state = self.store.state
        view = state.sweep
        if view is None or not view.is_form or view.asked or state.model is None or state.settings is None:
            return
        job, draft = job_of(state), view.draft
        lengths = state.dataset.lengths if state.dataset is not None else ()
        self.store.set_error(self.step, None)
        self.store.update(sweep=replace(view, asked="start"))

        def made() -> sweeps.SweepWatch:
            budget = budget_of(draft)
            minutes, money = (None, budget) if draft.in_money else (budget, None)
            sweep = sweeps.create(job, values_in(draft), minutes=minutes, money=money, lengths=lengths)
            sweeps.launch(sweep.name)
            return sweeps.SweepWatch(sweep.name)

        self.background(made, self._started, on_failure=self._not_done)

    def stop_sweep(self, intent: StopSweep) -> None:
        """With a checkpoint; asked again, at once."""
        view = self._driven()
        if view is None:
            return
        if view.asked:
            self._ask("end")
            self.background(lambda: sweeps.end(view.name, END_PATIENCE_S), _nothing, on_failure=self._not_done)
        else:
            self._ask("stop")
            self.background(lambda: sweeps.stop(view.name), _nothing, on_failure=self._not_done)

    def resume(self, intent: ResumeSweep) -> None:
        """Go on where it was."""
        self.store.set_error(self.step, None)
        self.background(lambda: sweeps.launch(intent.name), lambda _: self._look(), on_failure=self._not_done)

    def use_winner(self, intent: UseWinner) -> None:
        """The next run is like the winner, but as long as the person wanted, and it may speak while it trains."""
        view = self.store.state.sweep
        if view is None or view.table is None or not view.table.winner or self._watch is None:
            return
        base = self._watch.sweep.base.settings
        winner = view.table.winner
        self._show(None)
        changes = {"max_steps": base.max_steps, "sample_steps": 0, "validation_rows": 0}
        self.intent.emit(PlanLike(winner, changes))

    def delete(self, intent: DeleteSweep) -> None:
        """Into the trash with its runs, until the window closes; the form takes its place."""

        def gone(_: None) -> None:
            state = self.store.state
            left = tuple(name for name in state.sweeps if name != intent.name)
            self.store.update(sweeps=left, deleted_sweeps=(*state.deleted_sweeps, intent.name))
            if state.sweep is not None and state.sweep.name == intent.name:
                self._show(SweepView(draft=first_draft(state.settings)) if state.settings is not None else None)

        self.store.set_error(self.step, None)
        self.background(lambda: sweeps.discard(intent.name), gone, busy="Deleting the sweep")

    def restore(self, intent: RestoreSweep) -> None:
        """Out of the trash again."""

        def back(_: None) -> None:
            state = self.store.state
            deleted = tuple(name for name in state.deleted_sweeps if name != intent.name)
            named = tuple(sorted({*state.sweeps, intent.name}, reverse=True))
            runs = tuple(run for run in state.deleted_runs if not sweep_of(run, [intent.name]))
            self.store.update(sweeps=named, deleted_sweeps=deleted, deleted_runs=runs)
            self._open(intent.name)

        self.store.set_error(self.step, None)
        self.background(lambda: sweeps.restore(intent.name), back)

    def _driven(self) -> SweepView | None:
        view = self.store.state.sweep
        return view if view is not None and view.table is not None and view.table.state in DRIVEN else None

    def _ask(self, what: Literal["", "stop", "end"]) -> None:
        if (view := self.store.state.sweep) is not None:
            self.store.update(sweep=replace(view, asked=what))

    def _found(self, found: tuple[list[str], str | None]) -> None:
        names, at_work = found
        self.store.update(sweeps=tuple(names))
        if at_work is not None and self.store.state.sweep is None and self.store.state.training is None:
            self._open(at_work)

    def _show(self, view: SweepView | None) -> None:
        self._timer.stop()
        self._watch = None
        run = None if view is not None else self.store.state.run
        training = None if view is not None else self.store.state.training
        self.store.update(sweep=view, run=run, training=training)

    def _started(self, watch: sweeps.SweepWatch) -> None:
        name = watch.sweep.name
        self.store.update(sweeps=(name, *self.store.state.sweeps))
        self._show(SweepView(name=name))
        self._watch_it(watch)

    def _not_done(self, error: TunesmithError) -> None:
        self._ask("")
        self.store.set_error(self.step, error)

    def _watch_it(self, watch: sweeps.SweepWatch) -> None:
        view = self.store.state.sweep
        if view is not None and view.name == watch.sweep.name:
            self._watch = watch
            self._look()

    def _look(self) -> None:
        """Off the UI thread, as a long run's log takes a while to read; one look at a time."""
        watch = self._watch
        if watch is None or self._looking:
            return
        self._looking = True

        def look() -> tuple[Standing, dict[str, Losses]]:
            table = watch.look()
            held = {run: curves.validation for run, curves in watch.curves().items()}
            return table, {run: (one["step"].copy(), one["loss"].copy()) for run, one in held.items() if len(one)}

        def failed(error: TunesmithError) -> None:
            self._looking = False
            self.store.set_error(self.step, error)

        self.background(look, lambda seen: self._seen(watch, *seen), on_failure=failed)

    def _seen(self, watch: sweeps.SweepWatch, table: Standing, losses: dict[str, Losses]) -> None:
        self._looking = False
        view = self.store.state.sweep
        if watch is not self._watch or view is None:
            self._look()
            return
        asked = view.asked if table.state in DRIVEN else ""
        self.store.update(sweep=replace(view, table=table, losses=MappingProxyType(losses), asked=asked))
        self._timer.start(LOOK_MS if table.state in (*DRIVEN, "new") else REST_MS)


def _at_work() -> tuple[list[str], str | None]:
    """Every sweep, and the one that is led now; what a crash left in the trash goes."""
    store = SweepStore()
    store.empty_trash()
    return store.names(), store.led()


def _empty_trash() -> None:
    """The sweeps' and that of their runs."""
    SweepStore().empty_trash()
    RunStore().empty_trash()


def _nothing(_: object) -> None:
    """Its effect is seen in the table."""
