"""The data: which file, and what a worker finds in it with the chosen model's tokenizer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer

from core.data.relimit import with_limit
from core.errors import TunesmithError
from core.events import AnyEvent, Inspected, Progress
from core.job import SAMPLE, DatasetRef
from core.requests import InspectRequest
from core.settings import TrainingSettings
from core.tasks import inspect
from desktop.controllers.attached_task import AttachedTask
from desktop.controllers.controller import Controller
from desktop.intents import CancelInspection, ChooseData, ChooseSample, InspectAgain, Intent
from desktop.state import AppState, Store

DEBOUNCE_MS = 400
"""A limit that is being typed is counted once it rests."""


class DataController(Controller):
    """Owns `state.dataset_ref` and `state.dataset`; looks again when file, model or longest sequence change."""

    step = "data"

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(store, parent)
        self._wanted: InspectRequest | None = None
        self._task = AttachedTask("reading the data", self)
        self._task.events.connect(self._hear)
        self._task.failed.connect(self._on_failed)
        self._task.done.connect(lambda: self.store.set_busy(self.step, None))
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._inspect)

    def handlers(self) -> dict[type[Intent], Callable[[Any], None]]:
        """What can be done with data."""
        return {
            ChooseSample: lambda _: self._choose(DatasetRef(source="sample", path=SAMPLE)),
            ChooseData: lambda intent: self._choose(DatasetRef(source="file", path=str(intent.path))),
            CancelInspection: self.cancel,
            InspectAgain: self.inspect_again,
        }

    def start(self) -> None:
        """Look, if there is a model already."""
        self.react(self.store.state, self.store.state)

    def stop(self) -> None:
        """The window closes."""
        self._soon.stop()
        self._task.close()

    def react(self, state: AppState, before: AppState) -> None:
        """Look again if something that counts is another."""
        wanted, known = wanted_request(self.store.state), self._wanted
        if wanted == known:
            return
        self._wanted = wanted
        if wanted is not None and known is not None and _file_and_model(wanted) == _file_and_model(known):
            self._soon.start(DEBOUNCE_MS)
            return
        self._forget()
        if wanted is not None:
            self._soon.start(0)

    def cancel(self, intent: CancelInspection) -> None:
        """Stop looking; nothing is known of the data then."""
        self._forget()

    def inspect_again(self, intent: InspectAgain) -> None:
        """Look anew, after a cancel or once the file was mended."""
        self._forget()
        self._inspect()

    def _choose(self, dataset: DatasetRef) -> None:
        self.store.set_error(self.step, None)
        self._wanted = None
        self.store.update(dataset_ref=dataset)
        self.react(self.store.state, self.store.state)

    def _forget(self) -> None:
        self._soon.stop()
        self._task.close()
        self.store.set_busy(self.step, None)
        self.store.update(dataset=None)

    def _inspect(self) -> None:
        request = self._wanted
        if request is None:
            return
        known = self.store.state.dataset
        if known is not None and (same := with_limit(known, request.max_seq_length)) is not None:
            self._task.close()
            self.store.set_busy(self.step, None)
            self.store.update(dataset=same)
            return
        self.store.set_error(self.step, None)
        self.store.set_busy(self.step, Progress(phase="reading", text="Reading the data"))
        self._task.open(lambda: inspect.start(request))

    def _hear(self, batch: list[AnyEvent]) -> None:
        for event in batch:
            if isinstance(event, Progress):
                self.store.set_busy(self.step, event)
            elif isinstance(event, Inspected):
                self.store.update(dataset=event.report)

    def _on_failed(self, error: TunesmithError) -> None:
        self.store.set_busy(self.step, None)
        self.store.update(dataset=None)
        self.store.set_error(self.step, error)


def wanted_request(state: AppState) -> InspectRequest | None:
    """What a worker should look at now; None while no model with a tokenizer is on this disk."""
    if state.model is None or state.hub_model:
        return None
    limit = (state.settings or TrainingSettings()).max_seq_length
    return InspectRequest(dataset=state.dataset_ref, model_path=state.model.path, max_seq_length=limit)


def _file_and_model(request: InspectRequest) -> tuple[DatasetRef, str]:
    return request.dataset, request.model_path
