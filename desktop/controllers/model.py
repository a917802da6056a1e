"""The model: the one that ships, a folder, or one of the hub, which a worker downloads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject

from core import paths
from core.errors import TunesmithError
from core.events import AnyEvent, Downloaded, Progress
from core.models import find
from core.models.reading import starter_spec
from core.models.spec import ModelSpec
from core.tasks import download
from core.tasks.model import read_model
from desktop.controllers.attached_task import AttachedTask
from desktop.controllers.controller import Controller
from desktop.controllers.model_list import begun_downloads, listed_models, verdict_on
from desktop.intents import (
    CancelDownload,
    ChooseHubModel,
    ChooseModelFolder,
    ChooseStarter,
    DownloadModel,
    Intent,
)
from desktop.model_choice import ModelChoice
from desktop.state import AppState, Store


class ModelController(Controller):
    """Owns `state.model`, `state.hub_model`, `state.model_choices` and `state.downloading`."""

    step = "model"

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(store, parent)
        self._specs: dict[str, ModelSpec] = {}
        self._arrived: Downloaded | None = None
        self._task = AttachedTask("downloading the model", self)
        self._task.events.connect(self._hear)
        self._task.failed.connect(self._on_failed)
        self._task.done.connect(self._on_downloaded)

    def handlers(self) -> dict[type[Intent], Callable[[Any], None]]:
        """What can be done about models."""
        return {
            ChooseStarter: self.choose_starter,
            ChooseModelFolder: self.choose_folder,
            ChooseHubModel: self.look_up,
            DownloadModel: self.download,
            CancelDownload: self.cancel_download,
        }

    def start(self) -> None:
        """Choose the starter, and list what else there is."""
        if self.store.state.model is None:
            self.choose_starter(ChooseStarter())
        self._list()

    def stop(self) -> None:
        """The window closes; what has been downloaded so far is kept."""
        self._task.close()

    def react(self, state: AppState, before: AppState) -> None:
        """Another card, other verdicts."""
        if state.fit_machine is not before.fit_machine:
            self._judge()

    def choose_starter(self, intent: ChooseStarter) -> None:
        """The model that ships."""
        self._read(starter_spec, "")

    def choose_folder(self, intent: ChooseModelFolder) -> None:
        """A model in a folder."""
        self._read(lambda: read_model(intent.path), "")

    def look_up(self, intent: ChooseHubModel) -> None:
        """A model of the hub: known from the catalogue, else asked of the hub; not downloaded yet."""
        self._read(lambda: find.find(intent.id), intent.id)

    def download(self, intent: DownloadModel) -> None:
        """Fetch the model that is looked at; if looking failed, look again first."""
        state = self.store.state
        if not state.hub_model or state.downloading:
            return
        if state.model is None:
            self.look_up(ChooseHubModel(state.hub_model))
            return
        id_, revision = state.hub_model, state.model.revision
        self._arrived = None
        self.store.set_error(self.step, None)
        self.store.update(downloading=id_)
        self.store.set_busy(self.step, Progress(phase="downloading", text=f"Asking the hub for {id_}"))
        self._task.open(lambda: download.start(id_, revision))

    def cancel_download(self, intent: CancelDownload) -> None:
        """Stop; the next download of it goes on from there."""
        self._task.close()
        self._end_download()

    def _read(self, read: Callable[[], ModelSpec], hub_model: str) -> None:
        self.store.set_error(self.step, None)
        self.store.update(model=None, hub_model=hub_model)
        self.background(read, lambda spec: self.store.update(model=spec), key="model", busy="Reading the model")

    def _hear(self, batch: list[AnyEvent]) -> None:
        for event in batch:
            if isinstance(event, Progress):
                self.store.set_busy(self.step, event)
            elif isinstance(event, Downloaded):
                self._arrived = event

    def _on_failed(self, error: TunesmithError) -> None:
        self._end_download()
        self.store.set_error(self.step, error)

    def _on_downloaded(self) -> None:
        state = self.store.state
        is_looked_at = state.downloading == state.hub_model
        arrived = self._arrived
        self._end_download()
        self._list()
        if arrived is not None and is_looked_at:
            folder = paths.models_dir() / arrived.path
            self._read(lambda: read_model(folder), "")

    def _end_download(self) -> None:
        self.store.set_busy(self.step, None)
        self.store.update(downloading="")
        self.background(begun_downloads, lambda ids: self.store.update(begun_downloads=ids), key="begun")

    def _list(self) -> None:
        self.background(listed_models, self._show_list, key="list")
        self.background(begun_downloads, lambda ids: self.store.update(begun_downloads=ids), key="begun")

    def _show_list(self, found: list[tuple[ModelChoice, ModelSpec]]) -> None:
        self._specs = {choice.id: spec for choice, spec in found}
        self.store.update(model_choices=tuple(choice for choice, _ in found))
        self._judge()

    def _judge(self) -> None:
        machine = self.store.state.fit_machine
        specs = dict(self._specs)
        if machine is not None and specs:
            self.background(
                lambda: {id_: verdict_on(spec, machine) for id_, spec in specs.items()},
                self._show_verdicts,
                key="judge",
            )

    def _show_verdicts(self, verdicts: dict[str, Any]) -> None:
        choices = self.store.state.model_choices
        self.store.update(model_choices=tuple(replace(c, verdict=verdicts.get(c.id)) for c in choices))
