"""The next run like one that was: its model, its data and its settings on the Train page again, with changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QObject

from core.job import DatasetRef, TrainingJob
from core.models.location import model_path
from core.runs.store import RunStore
from core.settings import TrainingSettings
from desktop.controllers.controller import Controller
from desktop.intents import (
    ChangeSettings,
    ChooseData,
    ChooseModelFolder,
    ChooseSample,
    ChooseStarter,
    Intent,
    PlanLike,
    SetSamplePrompts,
)
from desktop.state import AppState, Store


class NextRunController(Controller):
    """Chooses what a run was made of, as the person would; its settings once the model's own are there. Owns
    `state.sample_prompts`."""

    step = "train"

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(store, parent)
        self._waiting: tuple[str, TrainingSettings] | None = None

    def handlers(self) -> dict[type[Intent], Callable[[Any], None]]:
        """Which method answers which intent."""
        return {
            PlanLike: self.plan_like,
            SetSamplePrompts: lambda intent: self.store.update(sample_prompts=intent.prompts),
        }

    def react(self, state: AppState, before: AppState) -> None:
        """The model that is waited for has its settings: they become the run's. Another model ends the waiting."""
        if self._waiting is None:
            return
        folder, settings = self._waiting
        if state.model is not None and state.model.path != folder:
            self._waiting = None
        elif state.model is not None and state.settings is not None:
            self._waiting = None
            self.intent.emit(ChangeSettings(msgspec.structs.asdict(settings)))

    def plan_like(self, intent: PlanLike) -> None:
        """Read the run's job and take it up."""
        self.background(lambda: _job_of(intent.name, intent.changes), lambda found: self._take_up(*found), key="like")

    def _take_up(self, job: TrainingJob, folder: str) -> None:
        self.store.update(run=None, step=self.step, sample_prompts=job.sample_prompts)
        state = self.store.state
        if not _is_same_data(state.dataset_ref, job.dataset):
            sample = job.dataset.source == "sample"
            self.intent.emit(ChooseSample() if sample else ChooseData(Path(job.dataset.path)))
        if state.model is None or state.model.path != folder:
            starter = job.model.source == "starter"
            self.intent.emit(ChooseStarter() if starter else ChooseModelFolder(Path(folder)))
        self._waiting = (folder, job.settings)
        self.react(self.store.state, state)


def _job_of(name: str, changes: Mapping[str, Any]) -> tuple[TrainingJob, str]:
    """The job of the run called `name` with `changes`, and the folder of its model.

    Raises:
        TunesmithError: `run.…`, `model.not_here`, `settings.…`.
    """
    job = RunStore().get(name).job()
    changed = msgspec.structs.replace(job, settings=job.settings.changed(**changes))
    return changed, str(model_path(job.model))


def _is_same_data(one: DatasetRef, other: DatasetRef) -> bool:
    return one.source == other.source and (one.source == "sample" or one.path == other.path)
