"""Training: start, pause, resume and stop a run, and follow the one that the Train page shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
from PySide6.QtCore import QObject, QThreadPool

from core.errors import TunesmithError
from core.events import AnyEvent, Failed
from core.fit.estimate import estimate
from core.fit.rehearsed import memory_of
from core.fit.rows import at_length
from core.fit.values import FitMachine, MemoryEstimate, Plan
from core.job import ModelRef, TrainingJob
from core.models.location import model_path
from core.models.reading import read_folder
from core.runs.liveness import WorkerIdentity
from core.runs.record import RunRecord, keep, kept_record
from core.runs.run import Run
from core.runs.store import RunStore
from core.runs.summary import RunSummary
from core.tasks import train
from core.tasks.rehearse import kept, key_of
from core.worker.detached import outcome
from desktop.controllers.controller import Controller
from desktop.controllers.planning import instant_plan, known_plan, place_of
from desktop.follow import RunFollower
from desktop.intents import Intent, NewRun, PauseRun, ResumeRun, StartTraining, StopRun
from desktop.run_view import Asked, RunView, after, told
from desktop.state import ActiveRun, AppState, Store

END_PATIENCE_S = 5.0


class TrainingController(Controller):
    """Owns `state.training`. One run is followed at a time: the one that `state.run` names."""

    step = "train"

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(store, parent)
        self._follower: RunFollower | None = None
        self._attached = False

    def handlers(self) -> dict[type[Intent], Callable[[Any], None]]:
        """What the person can do with a run."""
        return {
            StartTraining: self.start_training,
            PauseRun: self.pause,
            ResumeRun: self.resume,
            StopRun: self.stop_run,
            NewRun: self.new_run,
        }

    def stop(self) -> None:
        """The window closes: following ends, the run goes on."""
        self._unfollow()

    def react(self, state: AppState, before: AppState) -> None:
        """Follow the run that is shown; when the window opens, the one that is computed."""
        if state.active is not None and not self._attached:
            self._attached = True
            if state.run is None and state.training is None and state.sweep is None:
                self.store.update(run=state.active.name)
                return
        if state.run != before.run:
            self._show_run(state.run)
        if state.fit_machine is not before.fit_machine:
            self._estimate()

    def start_training(self, intent: StartTraining) -> None:
        """Start a run; the page says so at once."""
        state = self.store.state
        if state.training is not None or state.model is None or state.settings is None:
            return
        self._attached = True
        job = job_of(state)
        plan = plan_of(state)
        self.store.set_error(self.step, None)
        self.store.update(training=_starting(job, plan))
        self.background(lambda: train.start(job, plan), self._started, on_failure=self._not_started)

    def pause(self, intent: PauseRun) -> None:
        """Hold still after the step at work."""
        if view := self._computed():
            self._ask("pause")
            self.background(lambda: train.pause(view.name), _nothing, on_failure=self._not_asked)

    def stop_run(self, intent: StopRun) -> None:
        """End with a checkpoint; asked a second time, end now."""
        view = self._computed()
        if view is None:
            return
        if view.asked == "stop":
            self.background(lambda: train.end(view.name, END_PATIENCE_S), _nothing, on_failure=self._not_asked)
        else:
            self._ask("stop")
            self.background(lambda: train.stop(view.name), _nothing, on_failure=self._not_asked)

    def resume(self, intent: ResumeRun) -> None:
        """Go on, here in the Train page."""
        name = intent.name
        self.store.set_error(self.step, None)
        if self.store.state.run != name:
            self.store.update(run=name)
        self.store.update(step=self.step)
        self._ask("resume")
        self.background(lambda: train.resume(name), self._resumed, on_failure=self._not_asked)

    def new_run(self, intent: NewRun) -> None:
        """Show the settings of the next run; the one shown stays among the runs, and at work if it is."""
        self.store.set_error(self.step, None)
        self.store.update(run=None)

    def _computed(self) -> RunView | None:
        view = self.store.state.training
        return view if view is not None and view.name and view.summary.active else None

    def _ask(self, what: Asked) -> None:
        if (view := self.store.state.training) is not None:
            self._publish(replace(view, asked=what))

    def _not_asked(self, error: TunesmithError) -> None:
        self._ask("")
        self.store.set_error(self.step, error)

    def _started(self, run: Run) -> None:
        view = self.store.state.training
        if view is not None:
            summary = msgspec.structs.replace(view.summary, name=run.name, path=str(run.path))
            self._follow(run, replace(view, summary=summary, caught_up=True))
        self.store.update(run=run.name)

    def _not_started(self, error: TunesmithError) -> None:
        self.store.update(training=None)
        self.store.set_error(self.step, error)

    def _resumed(self, run: Run) -> None:
        view = self.store.state.training
        if self._follower is None or self._follower.run.name != run.name or view is None:
            return
        if not view.summary.active:
            self._follower.expect_worker()
            summary = msgspec.structs.replace(view.summary, state="starting", error=None, phase="")
            self._publish(replace(view, summary=summary, death="", last_words=""))

    def _show_run(self, name: str | None) -> None:
        if self._follower is not None and self._follower.run.name == name:
            return
        self.store.set_error(self.step, None)
        if name is None:
            self._unfollow()
            self.store.update(training=None)
        else:
            self._unfollow()
            self.background(
                lambda: _opened(name), lambda opened: self._follow(*opened), key="open", on_failure=self._not_opened
            )

    def _not_opened(self, error: TunesmithError) -> None:
        self.store.update(run=None)
        self.store.set_error(self.step, error)

    def _follow(self, run: Run, view: RunView) -> None:
        self._unfollow()
        self._publish(view)
        follower = RunFollower(run, self, view.record)
        follower.events.connect(self._hear)
        follower.caught_up.connect(self._caught_up)
        follower.died.connect(self._on_died)
        self._follower = follower
        follower.start()
        self._estimate()

    def _estimate(self) -> None:
        """Work out the terms of what was promised to a run that was not started in this window."""
        view, machine = self.store.state.training, self.store.state.fit_machine
        if view is None or view.estimate is not None or view.job is None or machine is None or machine.simulated:
            return
        name, job = view.name, view.job

        def show(found: MemoryEstimate | None) -> None:
            now = self.store.state.training
            if found is not None and now is not None and now.job is job:
                self._publish(replace(now, estimate=found))

        self.background(lambda: promised_terms(name, machine), show, key="estimate", on_failure=_nothing)

    def _unfollow(self) -> None:
        if self._follower is not None:
            self._follower.stop()
            self._follower.deleteLater()
            self._keep_record(self._follower)
            self._follower = None

    def _keep_record(self, follower: RunFollower) -> None:
        """What took long to read lies beside the log from now on, so that the run opens at once the next time."""
        view = self.store.state.training
        if view is None or view.name != follower.run.name:
            return
        view.record.offset = follower.consumed
        if view.record.worth_keeping:
            copy, folder = view.record.copy(), follower.run.path
            view.record.kept_bytes = copy.offset
            QThreadPool.globalInstance().start(lambda: keep(folder, copy))

    def _hear(self, batch: list[AnyEvent]) -> None:
        if (view := self.store.state.training) is None:
            return
        view = after(view, batch)
        self._publish(view)
        if view.caught_up and any(isinstance(event, Failed) for event in batch):
            self._show_failure(view)

    def _caught_up(self) -> None:
        view = self.store.state.training
        if view is None or self._follower is None:
            return
        view = replace(view, caught_up=True)
        self._publish(view)
        self._keep_record(self._follower)
        self._show_failure(view)

    def _show_failure(self, view: RunView) -> None:
        if view.summary.error is not None:
            self.store.set_error(self.step, TunesmithError.from_fields(view.summary.error))

    def _on_died(self, worker: WorkerIdentity) -> None:
        """Say so at once: a few kilobytes are read, no more."""
        view = self.store.state.training
        if view is None or self._follower is None:
            return
        summary = msgspec.structs.replace(view.summary, state="died", left_s=0.0, phase="")
        words = outcome(worker.pid).words
        last_words = self._follower.run.last_words()
        self._publish(replace(view, summary=summary, asked="", progress=None, death=words, last_words=last_words))

    def _publish(self, view: RunView) -> None:
        """Put `view` into the state, and what it says of the run at work with it."""
        changes: dict[str, Any] = {"training": view}
        active = self.store.state.active
        summary = view.summary
        if summary.active and summary.name and view.caught_up:
            changes["active"] = ActiveRun(
                summary.name, summary.state, summary.step, summary.steps_total, summary.left_s
            )
        elif active is not None and active.name == summary.name:
            changes["active"] = None
        self.store.update(**changes)


def _nothing(_: object) -> None:
    """The outcome shows in the run's events."""


def _opened(name: str) -> tuple[Run, RunView]:
    """A run and a view of it as far as its log was read once; the log tells the rest."""
    run = RunStore().get(name)
    run.info()
    known = run.summary()
    fresh = RunSummary(
        name=name,
        path=str(run.path),
        state="new",
        model=known.model,
        dataset=known.dataset,
        created=known.created,
        predicted_memory_bytes=known.predicted_memory_bytes,
    )
    record = kept_record(run.path) or RunRecord()
    return run, told(RunView(summary=fresh, job=run.job(), record=record), record.telling())


def promised_terms(run: str, machine: FitMachine) -> MemoryEstimate | None:
    """The estimate behind a run's promise, or None if today's formulas and rehearsals would promise something else.

    Raises:
        TunesmithError: if the model is gone, as `core.models.reading.read_folder`, or as `Run.job`.
    """
    made = RunStore().get(run)
    info, job = made.info(), made.job()
    spec = read_folder(model_path(job.model))
    settings = at_length(job.settings, info.predicted_row_tokens)
    rehearsal = kept(key_of(spec, settings, machine))
    candidates = [estimate(spec, settings, machine)]
    if rehearsal is not None:
        candidates.append(memory_of(rehearsal, settings, machine))
    return next((found for found in candidates if found.total_bytes == info.predicted_memory_bytes), None)


def _starting(job: TrainingJob, plan: Plan | None) -> RunView:
    """What is shown between the click and the run's folder."""
    summary = RunSummary(
        name="",
        path="",
        state="starting",
        model=job.model.id,
        dataset=job.dataset.path,
        predicted_memory_bytes=plan.memory.total_bytes if plan is not None else 0,
    )
    return RunView(summary=summary, job=job, estimate=plan.memory if plan is not None else None)


def job_of(state: AppState) -> TrainingJob:
    """The job that the chosen model, data and settings are."""
    assert state.model is not None and state.settings is not None
    spec = state.model
    model = ModelRef(source=spec.source, id=spec.name, path=spec.path, revision=spec.revision)
    return TrainingJob(
        model=model, dataset=state.dataset_ref, settings=state.settings, sample_prompts=state.sample_prompts
    )


def plan_of(state: AppState) -> Plan | None:
    """What is promised: by the formulas, and by what was rehearsed and measured."""
    place = place_of(state)
    if place is None or state.settings is None:
        return None
    return known_plan(instant_plan(state.plan or "yours", state.settings, place), state, place)
