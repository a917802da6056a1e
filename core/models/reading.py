"""ModelSpec from a folder: `config.json` and the safetensors headers, never a weight."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from core.errors import TunesmithError
from core.files import read_json_object
from core.models.config import ModelConfig, bad_config, parse_config, read_document, refuse_quantised
from core.models.counting import (
    LAYER_NUMBER,
    TEXT_ALONE,
    count_by_group,
    find_linears,
    group_of,
    parameters,
    stored_type,
)
from core.models.families import tensors_of
from core.models.headers import Tensors, read_tensors
from core.models.layers import expert_layers
from core.models.location import starter_path
from core.models.manner import manner
from core.models.spec import ModelSpec
from core.models.unknown import completed, doubts

EMBEDDING = re.compile(r"(embed_tokens|wte|word_embeddings|embed_in)\.weight$")
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")


def starter_spec() -> ModelSpec:
    """The model that ships.

    Raises:
        TunesmithError: as `read_folder`, if its files were damaged.
    """
    return read_folder(starter_path(), name="starter", source="starter")


def read_folder(path: Path, *, name: str = "", source: Literal["starter", "folder"] = "folder") -> ModelSpec:
    """The model in the folder `path`, counted from its weights' headers, or from its config where it has no weights.

    Raises:
        TunesmithError: `model.not_found`, `model.no_config`, `model.bad_config`, `model.already_quantized`,
            `model.pickle_only`, `model.gguf_only`, `model.bad_header`, `model.missing_shard`, `model.unknown_family`.
    """
    if not path.is_dir():
        raise _refusal(
            "model.not_found", "There is no model folder there.", "It is not a folder.", "Check the path.", path
        )
    if not (path / "config.json").is_file():
        raise no_config(path)
    document = read_document(path / "config.json")
    refuse_quantised(document, str(path / "config.json"))
    tensors, weights_bytes = read_tensors(path)
    if not tensors:
        refuse_other_weights(path)
    return spec_of(
        document,
        tensors,
        name=name or path.resolve().name,
        source=source,
        path=str(path),
        has_chat_template=_has_chat_template(path),
        licence=licence_in(path),
        weights_bytes=weights_bytes,
        has_weights=bool(tensors),
    )


def spec_of(document: Mapping[str, Any], tensors: Tensors, **facts: Any) -> ModelSpec:
    """A spec from a `config.json` and the tensors found beside it; the other fields are `facts`.

    Raises:
        TunesmithError: as `parse_config` and `make_spec`.
    """
    whole, filled_in = completed(document, tensors)
    spec = make_spec(parse_config(whole, facts["path"]), tensors, **facts)
    if not filled_in:
        return spec
    return msgspec.structs.replace(spec, config=dict(document), uncertain=[*spec.uncertain, *filled_in])


def spec_of_build(document: Mapping[str, Any], pairs: Iterable[tuple[str, Sequence[int]]], **facts: Any) -> ModelSpec:
    """A spec of a model without weights, of a family that only transformers knows: a worker built it on the meta device
    and told the (name, shape) `pairs` of its parameters. The other fields are `facts`, `name`, `source` and `path`.

    Raises:
        TunesmithError: as `parse_config` and `make_spec`.
    """
    tensors: Tensors = {name: ("", tuple(shape)) for name, shape in pairs}
    if not tensors:
        raise bad_config(facts["path"], "The model that it describes has no parameters.")
    config = parse_config(completed(document, tensors)[0], facts["path"])
    spec = spec_of(document, tensors, has_weights=False, **facts)
    return msgspec.structs.replace(spec, counted_from="build", dtype=_named_type(config))


def make_spec(config: ModelConfig, tensors: Tensors, **facts: Any) -> ModelSpec:
    """A spec from a config and the tensors found (none: counted from the config), with the other fields as `facts`.

    Raises:
        TunesmithError: `model.bad_config` if the weights are not of such a model, `model.unknown_family`.
    """
    where = facts["path"]
    counted = tensors or tensors_of(config, where)
    _refuse_mismatch(config, counted, where)
    found = list(parameters(counted, config))
    groups, linears = count_by_group(found), find_linears(found, counted, config)
    return ModelSpec(
        architecture=config.architecture,
        model_type=config.model_type,
        parameters=sum(groups.values()),
        parameters_by_group=groups,
        trained_text_only=config.has_vision or "vision" in groups,
        counted_from="headers" if tensors else "config",
        unused_parameters=groups.get("vision", 0) if config.outer_type in TEXT_ALONE else 0,
        uncertain=doubts(config, groups, bool(linears)),
        linears=linears,
        dtype=stored_type(tensors) or _named_type(config),
        layers=config.layers,
        hidden_size=config.hidden_size,
        intermediate_size=config.intermediate_size,
        heads=config.heads,
        kv_heads=config.kv_heads,
        head_dim=config.head_dim,
        vocabulary=config.vocabulary,
        tied="head" not in groups,
        experts=config.experts,
        experts_per_token=config.experts_per_token,
        expert_size=config.expert_size,
        shared_expert_size=config.shared_expert_size,
        expert_layers=len(expert_layers(config)),
        context_length=config.context_length,
        config=config.document,
        **manner(config, counted),
        **facts,
    )


def _named_type(config: ModelConfig) -> str:
    parts = (config.values, config.document)
    return next((str(part[key]) for part in parts for key in ("dtype", "torch_dtype") if part.get(key)), "")


def _refuse_mismatch(config: ModelConfig, tensors: Tensors, where: str) -> None:
    """The embedding's shape and the number of layers must be those that the config names."""
    layers = {int(found[1]) for name in tensors if (found := LAYER_NUMBER.match(name))}
    if layers and len(layers) < config.layers:
        raise bad_config(where, f"It names {config.layers} layers, and the weights have {len(layers)}.")
    tables = [
        shape for name, (_, shape) in tensors.items() if EMBEDDING.search(name) and group_of(name) == "embeddings"
    ]
    for shape in tables:
        if len(shape) != 2 or shape[-1] != config.hidden_size:
            raise bad_config(where, f"It names the width {config.hidden_size}, and the weights have {shape[-1:]}.")


def no_config(path: Path) -> TunesmithError:
    """The error for a folder without `config.json`, by what lies there instead."""
    if any(path.glob("*.gguf")):
        return _gguf(path)
    adapter = (path / "adapter_config.json").is_file()
    return _refusal(
        "model.no_config",
        "This folder is not a model that Tunesmith can read.",
        "It holds an adapter, not a whole model." if adapter else "There is no config.json in it.",
        "Choose the base model that the adapter was made for."
        if adapter
        else "Choose the folder that holds config.json and the *.safetensors files.",
        path,
    )


def refuse_other_weights(path: Path) -> None:
    """Refuse a folder without safetensors whose weights are of another kind.

    Raises:
        TunesmithError: `model.pickle_only`, `model.gguf_only`.
    """
    pickles = sorted(
        file.name for pattern in PICKLES for file in path.glob(pattern) if file.name != "training_args.bin"
    )
    if pickles:
        raise _refusal(
            "model.pickle_only",
            "This model's weights are pickle files, which Tunesmith never loads.",
            f"{pickles[0]} could run any program hidden in it when opened, and there are no *.safetensors files.",
            "Look for a version of the model in safetensors format; most models on the hub have one.",
            path,
        )
    if any(path.glob("*.gguf")):
        raise _gguf(path)


def _gguf(path: Path) -> TunesmithError:
    return _refusal(
        "model.gguf_only",
        "This model is in GGUF format, which is for running models, not for training them.",
        "Its weights are already quantised for llama.cpp.",
        "Choose the original model, with config.json and *.safetensors files.",
        path,
    )


def _refusal(code: str, what: str, why: str, remedy: str, path: Path) -> TunesmithError:
    return TunesmithError(code, what=what, why=why, remedy=remedy, where=str(path))


def _has_chat_template(path: Path) -> bool:
    """A template stands in a file of its own, or inside the tokenizer's config."""
    if any((path / name).is_file() for name in ("chat_template.jinja", "chat_template.json")):
        return True
    tokenizer = path / "tokenizer_config.json"
    return tokenizer.is_file() and bool(read_json_object(tokenizer).get("chat_template"))


def licence_in(folder: Path) -> str:
    """What the model card's front matter says (`license: apache-2.0`), or nothing. Where it says `other`, the name that
    it gives to it."""
    card = folder / "README.md"
    if not card.is_file():
        return ""
    said: dict[str, str] = {}
    with card.open(encoding="utf-8", errors="replace") as lines:
        for number, line in zip(range(200), lines, strict=False):
            if number and line.strip() == "---":
                break
            key, _, value = line.partition(":")
            if key in ("license", "license_name"):
                said[key] = value.strip().strip("\"'")
    named = said.get("license", "")
    return said.get("license_name", named) if named == "other" else named
