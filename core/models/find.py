"""find: the model that a person means by what they typed."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

from core.errors import TunesmithError
from core.job import STARTER
from core.models import catalogue
from core.models.hub import read_metadata
from core.models.reading import read_folder, spec_of, starter_spec
from core.models.spec import ModelSpec

HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


def find(model: str) -> ModelSpec:
    """The model called `model`: `starter`, a name of the catalogue, a folder, or a hub id, in this order.

    Raises:
        TunesmithError: `model.unknown` if it is none of these, and what `read_folder` and the hub raise.
    """
    if model == STARTER:
        return starter_spec()
    entry = catalogue.named(model)
    if entry is not None:
        return catalogue.spec_of(entry.name)
    folder = Path(model).expanduser()
    if folder.is_dir() or folder.is_absolute() or model.startswith("."):
        return read_folder(folder)
    if HUB_ID.fullmatch(model):
        return from_hub(model)
    near = difflib.get_close_matches(
        model.lower(), [STARTER, *(entry.name for entry in catalogue.models())], n=3, cutoff=0.5
    )
    raise TunesmithError(
        "model.unknown",
        what=f"There is no model “{model}”.",
        why="It is no folder, no hub id (owner/name) and no name of the catalogue.",
        remedy=f"Did you mean {' or '.join(near)}?"
        if near
        else "Name a folder, a hub id, a catalogue model, or `starter`.",
        where=model,
    )


def from_hub(id: str, revision: str = "") -> ModelSpec:
    """The hub's model `id`, from its config and its weights' headers; nothing else is downloaded.

    Raises:
        TunesmithError: what the hub raises, `model.bad_config`, `model.already_quantized`, `model.unknown_family`.
    """
    found = read_metadata(id, revision)
    return spec_of(
        found.config,
        found.tensors,
        name=id.rpartition("/")[2],
        source="hub",
        path=id,
        revision=found.sha,
        has_chat_template=found.has_chat_template,
        licence=found.licence,
        weights_bytes=found.weights_bytes,
        has_weights=bool(found.tensors),
    )
