"""The model: the one that ships, a folder, or one of the hub, which a worker downloads."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject

from core import paths
from core.errors import TunesmithError
from core.events import AnyEvent, Downloaded, Progress
from core.fit.values import FitMachine, Verdict
from core.models import find
from core.models.hub.token import forget_token, save_token, token_in_use
from core.models.licence import acknowledge, acknowledged, licences
from core.models.reading import starter_spec
from core.models.spec import ModelSpec
from core.tasks import download
from core.tasks.model import read_model
from desktop.controllers.attached_task import AttachedTask
from desktop.controllers.controller import Controller
from desktop.controllers.model_list import begun_downloads, listed_models, verdict_on
from desktop.intents import (
    AcceptLicence,
    CancelDownload,
    ChooseHubModel,
    ChooseModelFolder,
    ChooseStarter,
    DownloadModel,
    ForgetToken,
    Intent,
    SaveToken,
)
from desktop.model_choice import ModelChoice
from desktop.state import AppState, Store

JUDGED_AT_ONCE = 12  # models of the list between two pictures of it


class ModelController(Controller):
    """Owns `state.model`, `state.hub_model`, `state.model_choices`, `state.downloading`, `state.accepted_licences` and
    `state.token`."""

    step = "model"

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(store, parent)
        self._specs: dict[str, ModelSpec] = {}
        self._verdicts: dict[FitMachine, dict[str, Verdict]] = {}
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
            AcceptLicence: self.accept_licence,
            SaveToken: self.save_token,
            ForgetToken: self.forget_token,
        }

    def start(self) -> None:
        """Choose the starter, and list what else there is."""
        if self.store.state.model is None:
            self.choose_starter(ChooseStarter())
        self._list()
        self.background(_accepted, lambda found: self.store.update(accepted_licences=found), key="licences")
        self._look_for_token()

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
        id_, revision, licence = state.hub_model, state.model.revision, state.model.licence
        self._arrived = None
        self.store.set_error(self.step, None)
        self.store.update(downloading=id_)
        self.store.set_busy(self.step, Progress(phase="downloading", text=f"Asking the hub for {id_}"))
        self._task.open(lambda: download.start(id_, revision, licence))

    def cancel_download(self, intent: CancelDownload) -> None:
        """Stop; the next download of it goes on from there."""
        self._task.close()
        self._end_download()

    def accept_licence(self, intent: AcceptLicence) -> None:
        """The person agrees; it is kept."""

        def kept(_: None) -> None:
            self.store.update(accepted_licences=self.store.state.accepted_licences | {intent.id})

        self.background(lambda: acknowledge(intent.id), kept)

    def save_token(self, intent: SaveToken) -> None:
        """Into the system's keyring; then what failed without it is tried again."""

        def kept(_: None) -> None:
            self._look_for_token()
            self.store.set_error(self.step, None)
            self.download(DownloadModel())

        self.background(lambda: save_token(intent.token), kept, busy="Keeping the token")

    def forget_token(self, intent: ForgetToken) -> None:
        """Out of the keyring."""
        self.background(forget_token, lambda _: self._look_for_token(), busy="Removing the token")

    def _look_for_token(self) -> None:
        self.background(token_in_use, lambda found: self.store.update(token=found), key="token")

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
        """Fill in whether each model fits, some at a time; what is known of this card is shown at once."""
        machine = self.store.state.fit_machine
        if machine is None or not self._specs:
            return
        known = self._verdicts.setdefault(machine, {})
        self._show_verdicts(known)
        rest = {id_: spec for id_, spec in self._specs.items() if id_ not in known}
        some = dict(itertools.islice(rest.items(), JUDGED_AT_ONCE))

        def judged(found: dict[str, Verdict]) -> None:
            known.update(found)
            self._judge()

        if some:
            self.background(lambda: {id_: verdict_on(spec, machine) for id_, spec in some.items()}, judged, key="judge")

    def _show_verdicts(self, verdicts: Mapping[str, Verdict]) -> None:
        choices = self.store.state.model_choices
        self.store.update(model_choices=tuple(replace(c, verdict=verdicts.get(c.id)) for c in choices))


def _accepted() -> frozenset[str]:
    return frozenset(id_ for id_ in licences() if acknowledged(id_))
