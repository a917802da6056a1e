"""The catalogue: well-known models that are known offline, from `resources/catalogue.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from core.models.config import parse_config
from core.models.reading import make_spec
from core.models.spec import ModelSpec

BYTES_PER_WEIGHT = 2  # every model of the catalogue is published in 16 bits


class CatalogueModel(msgspec.Struct, frozen=True, kw_only=True):
    """One entry: `name` for the command line, `title` for people, `id` on the hub, the published count, its config."""

    name: str
    title: str
    id: str
    licence: str
    parameters: int
    config: dict[str, Any]


@cache
def models() -> tuple[CatalogueModel, ...]:
    """Every entry, smallest model first."""
    document = tomllib.loads((files("resources") / "catalogue.toml").read_text(encoding="utf-8"))
    entries = msgspec.convert(document["model"], tuple[CatalogueModel, ...])
    return tuple(sorted(entries, key=lambda entry: entry.parameters))


def named(text: str) -> CatalogueModel | None:
    """The entry whose name, title or hub id is `text`, whatever its case."""
    wanted = text.strip().lower()
    for entry in models():
        if wanted in (entry.name, entry.title.lower(), entry.id.lower()):
            return entry
    return None


@cache
def spec_of(name: str) -> ModelSpec:
    """The spec of the entry called `name`, counted from its config.

    Raises:
        KeyError: there is no such entry.
    """
    entry = named(name)
    if entry is None:
        raise KeyError(name)
    return make_spec(
        parse_config(entry.config, entry.id),
        {},
        name=entry.title,
        source="hub",
        path=entry.id,
        has_chat_template=True,
        licence=entry.licence,
        weights_bytes=BYTES_PER_WEIGHT * entry.parameters,
        has_weights=True,
    )
