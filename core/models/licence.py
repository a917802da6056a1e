"""The licences of models, and which of them this person has acknowledged.

`licence_of` says what a model's licence is, `acknowledge` keeps that the person agreed, and `check` is the gate that
downloading and training pass.
"""

from __future__ import annotations

import time
import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from core import paths
from core.errors import TunesmithError
from core.files import read_json_object, write_json
from core.models import catalogue
from core.models.spec import ModelSpec

FILE = "licences.json"


class Licence(msgspec.Struct, frozen=True, kw_only=True):
    """A licence: its identifier on the hub, title, what matters to a person at home, its text's address, and whether it
    asks to be acknowledged before use."""

    id: str
    title: str
    summary: str
    url: str
    acknowledge: bool = False


@cache
def licences() -> dict[str, Licence]:
    """Every licence that is known, by its identifier."""
    document = tomllib.loads((files("resources") / "licences.toml").read_text(encoding="utf-8"))
    return {each.id: each for each in msgspec.convert(document["licence"], list[Licence])}


def named(identifier: str) -> Licence | None:
    """The licence called `identifier` on the hub, or None: none is named, or one that is not known here."""
    return licences().get(identifier.strip().lower())


def licence_of(spec: ModelSpec) -> Licence | None:
    """The licence of `spec`, or None: its page names none, or one that is not known here."""
    return named(spec.licence)


def acknowledged(identifier: str) -> bool:
    """Whether this person has agreed to the licence `identifier`."""
    return identifier in _kept()


def acknowledge(identifier: str) -> None:
    """Keep that this person agrees to the licence `identifier`, with the time.

    Raises:
        TunesmithError: `model.unknown_licence`, `file.not_writable`.
    """
    licence = named(identifier)
    if licence is None:
        raise TunesmithError(
            "model.unknown_licence",
            what=f"There is no licence “{identifier}” to agree to.",
            why="Tunesmith does not know it.",
            remedy=f"Name one of {', '.join(licences())}.",
            where=identifier,
        )
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    write_json(_file(), {"version": 1, "acknowledged": _kept() | {licence.id: moment}})


def check(identifier: str, model: str) -> None:
    """Let `model` pass if its licence needs no acknowledgement or has it.

    Raises:
        TunesmithError: `model.licence_not_acknowledged`.
    """
    licence = named(identifier)
    if licence is None or not licence.acknowledge or acknowledged(licence.id):
        return
    raise TunesmithError(
        "model.licence_not_acknowledged",
        what=f"The licence of “{model}” asks to be agreed to before the model is used.",
        why=f"It is the {licence.title}: {licence.summary}",
        remedy=f"Read it at {licence.url}. If you agree, say so on the Model page, or with --accept-licence.",
        where=licence.id,
    )


def of_hub_model(id: str) -> str:
    """The licence's identifier that the catalogue names for the hub model `id`, or nothing."""
    entry = catalogue.named(id)
    return entry.licence if entry is not None else ""


def _file() -> Path:
    return paths.data_dir() / FILE


def _kept() -> dict[str, Any]:
    """Identifier → time. What cannot be read was not agreed to: the person is asked again, and the file made anew."""
    try:
        found = read_json_object(_file()).get("acknowledged")
    except TunesmithError as error:
        if error.code not in ("file.not_found", "file.not_json"):
            raise
        return {}
    return found if isinstance(found, dict) else {}
