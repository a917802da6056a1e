"""The catalogue: well-known models that are known offline, from `resources/catalogue/*.toml`, one file a maker.

To add one: copy its config.json from the page that `id` names, leave out what does not shape the model (numbers of
tokens, RoPE's long lists), and give the number of parameters that a test then counts on the built model.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from core.models.config import parse_config, refuse_quantised
from core.models.reading import make_spec
from core.models.spec import ModelSpec

BYTES_PER_WEIGHT = 2  # but where an entry says otherwise, the makers publish 16 bits
PAGES = "https://huggingface.co/"

# TOML has no null: the makers' files say so where a family's default would be a window (transformers 5.24).
NO_WINDOW: dict[str, dict[str, Any]] = {"mistral": {"sliding_window": None}}


class CatalogueModel(msgspec.Struct, frozen=True, kw_only=True):
    """One entry.

    Attributes:
        name, title, id: for the command line, for people, and on the hub.
        parameters: of the whole model as transformers builds it, towers included.
        published: how many the makers' files hold, where that is another number; the file's head says why.
        weights_bytes: of the makers' files, where they are not in 16 bits.
        stored_as: the format of the makers' files, where they are quantised already and cannot be trained on.
        note: what a person must know before choosing it, or nothing.
        config: what `AutoConfig.for_model` needs to build it.
    """

    name: str
    title: str
    id: str
    licence: str
    parameters: int
    config: dict[str, Any]
    published: int = 0
    weights_bytes: int = 0
    stored_as: str = ""
    note: str = ""

    @property
    def page(self) -> str:
        """Where the entry comes from: the model's page on the hub."""
        return PAGES + self.id


@cache
def models() -> tuple[CatalogueModel, ...]:
    """Every entry, smallest model first."""
    entries: list[CatalogueModel] = []
    for file in (files("resources") / "catalogue").iterdir():
        if file.name.endswith(".toml"):
            document = tomllib.loads(file.read_text(encoding="utf-8"))
            entries += msgspec.convert(document["model"], list[CatalogueModel])
    return tuple(sorted(entries, key=lambda entry: (entry.parameters, entry.name)))


def named(text: str) -> CatalogueModel | None:
    """The entry whose name, title or hub id is `text`, whatever its case."""
    wanted = text.strip().lower()
    for entry in models():
        if wanted in (entry.name, entry.title.lower(), entry.id.lower()):
            return entry
    return None


def refuse_unusable(id: str) -> None:
    """Refuse a hub model whose files are known to be quantised already, before they are downloaded.

    Raises:
        TunesmithError: `model.already_quantized`.
    """
    entry = named(id)
    if entry is not None and entry.stored_as:
        refuse_quantised({"quantization_config": {"quant_method": entry.stored_as}}, entry.page)


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
        parse_config(NO_WINDOW.get(entry.config.get("model_type", ""), {}) | entry.config, entry.id),
        {},
        name=entry.title,
        source="hub",
        path=entry.id,
        has_chat_template=True,
        licence=entry.licence,
        weights_bytes=entry.weights_bytes or BYTES_PER_WEIGHT * (entry.published or entry.parameters),
        has_weights=True,
        note=entry.note,
    )
