"""Fetching a model from the hub."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from core.events import AnyEvent, Downloaded
from core.models.catalogue import refuse_unusable
from core.models.licence import check, of_hub_model
from core.requests import DownloadRequest
from core.tasks.follow import result_of
from core.worker.attached import AttachedWorker


def start(model_id: str, revision: str = "", licence: str = "") -> AttachedWorker:
    """A worker that downloads; ending it keeps what has arrived, and a later one goes on from there.

    `licence` is the identifier of the model's, where it is known; the catalogue names its own models'.

    Raises:
        TunesmithError: `model.already_quantized`, `model.licence_not_acknowledged`.
    """
    refuse_unusable(model_id)
    check(licence or of_hub_model(model_id), model_id)
    return AttachedWorker(DownloadRequest(id=model_id, revision=revision))


def download(
    model_id: str, revision: str = "", on_event: Callable[[AnyEvent], None] | None = None, licence: str = ""
) -> Path:
    """The folder of the downloaded model. Blocks; `on_event` hears of the progress.

    Raises:
        TunesmithError: as `start`, `hub.…`, `model.pickle_only`, or `worker.died`.
    """
    event = result_of(start(model_id, revision, licence), Downloaded, "downloading the model", on_event)
    return Path(event.path)
