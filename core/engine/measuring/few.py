"""A model with few of its layers: its config, and a file of random weights that loads like the real ones."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig
from transformers.core_model_loading import revert_weight_conversion

from core.engine.rehearsal.skeleton import layer_list, model_of
from core.errors import TunesmithError
from core.files import write_json

STORED = {torch.bfloat16: "BF16", torch.float16: "F16", torch.float32: "F32"}
PER_LAYER = "per_layer_config"  # transformers 5: what a layer has otherwise than the rest, by its place
RANDOM_NUMBERS = 2_000_003  # repeated over all weights; a prime, so that no two rows of a matrix are equal
ANY_ATTENTION = "eager"  # which every model has; here the layers are only counted
SPREAD = 0.02  # what most models' weights start with


@dataclass(frozen=True)
class Few:
    """`config` of the model with few layers; `layers` of each kind, out of `of_model`."""

    config: dict[str, Any]
    layers: list[int]
    of_model: list[int]


def few_layers(config: dict[str, Any], doubled: int = -1) -> Few:
    """The model of `config` with one layer of each kind, and one more of the kind numbered `doubled` (-1 for none).

    Raises:
        TunesmithError: `rehearsal.unknown_model`, `measure.layers_differ`.
    """
    kinds = kinds_of(config)
    names = list(dict.fromkeys(kinds))
    kept = sorted(
        place
        for number, name in enumerate(names)
        for place in [index for index, kind in enumerate(kinds) if kind == name][: 2 if number == doubled else 1]
    )
    cut = _cut(config, kept)
    expected = [kinds[index] for index in kept]
    try:
        same = kinds_of(cut) == expected
    except TunesmithError as error:
        raise _layers_differ(config) from error
    if not same:
        raise _layers_differ(config)
    return Few(cut, [expected.count(name) for name in names], [kinds.count(name) for name in names])


def _layers_differ(config: dict[str, Any]) -> TunesmithError:
    return TunesmithError(
        "measure.layers_differ",
        what="This model cannot be measured with few of its layers.",
        why="Its layers depend on each other in ways of their own, and some cannot be taken out.",
        remedy="The rehearsed and the instant figures stay.",
        where=str(config.get("model_type", "")),
    )


def kinds_of(config: dict[str, Any]) -> list[str]:
    """What tells the layers of a model apart: the type that its config gives them, and what they are made of.

    Raises:
        TunesmithError: `rehearsal.unknown_model`.
    """
    model = model_of(config, torch.bfloat16, ANY_ATTENTION)
    types = getattr(model.config.get_text_config(), "layer_types", None)
    return [f"{types[index] if types else ''} {layer}" for index, layer in enumerate(layer_list(model)[1])]


def _cut(config: dict[str, Any], kept: Sequence[int]) -> dict[str, Any]:
    """`config` with the layers `kept` alone: lists of one entry a layer lose some, lists of layers are renumbered."""
    given = {key: value for key, value in config.items() if key not in ("model_type", "quantization_config")}
    read = AutoConfig.for_model(str(config["model_type"]), **given)
    text = read.get_text_config()
    count = text.num_hidden_layers
    for key, value in text.to_dict().items():
        if not isinstance(value, list):
            continue
        if key.endswith("_layers") and _names_layers(value, count):
            setattr(text, key, [place for place, index in enumerate(kept) if index in value])
        elif len(value) == count:
            setattr(text, key, [value[index] for index in kept])
    text.num_hidden_layers = len(kept)
    found: dict[str, Any] = read.to_dict()
    inner = found.get("text_config", found)
    if inner.get(PER_LAYER):
        own = {int(index): value for index, value in inner[PER_LAYER].items()}
        inner[PER_LAYER] = {str(place): own[index] for place, index in enumerate(kept) if index in own}
    return found


def _names_layers(value: list[Any], count: int) -> bool:
    """Whether a list holds places of layers, each at most once, and not one entry for each layer."""
    return len(set(map(str, value))) == len(value) and all(isinstance(one, int) and 0 <= one < count for one in value)


def write_model(few: Few, folder: Path) -> None:
    """Write config and random weights into `folder`, in the precision in which the model is published.

    Raises:
        TunesmithError: `rehearsal.unknown_model`, `file.not_writable`.
        OSError: the disk is full.
    """
    folder.mkdir(parents=True, exist_ok=True)
    dtype = _stored_dtype(few.config)
    model = model_of(few.config, dtype, ANY_ATTENTION)
    named = dict(model.named_parameters())
    lasting = {name: buffer for name, buffer in model.named_buffers() if name in model.state_dict()}
    tensors = revert_weight_conversion(model, {**named, **lasting})
    _write_safetensors(folder / "model.safetensors", {name: tensor.shape for name, tensor in tensors.items()}, dtype)
    write_json(folder / "config.json", few.config)


def _stored_dtype(config: dict[str, Any]) -> torch.dtype:
    text = config.get("text_config") or {}
    name = str(config.get("dtype") or config.get("torch_dtype") or text.get("dtype") or "bfloat16")
    found = getattr(torch, name.removeprefix("torch."), torch.bfloat16)
    return found if found in STORED else torch.bfloat16


def _write_safetensors(path: Path, shapes: dict[str, torch.Size], dtype: torch.dtype) -> None:
    """The format: eight bytes with the header's length, the header in JSON, the tensors' bytes one after the other."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, shape in shapes.items():
        begin, end = end, end + shape.numel() * dtype.itemsize
        header[name] = {"dtype": STORED[dtype], "shape": list(shape), "data_offsets": [begin, end]}
    said = json.dumps(header).encode()
    said += b" " * (-len(said) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(said)) + said)
        stream = _Random(dtype)
        for name, shape in shapes.items():
            if len(shape) > 1:
                file.writelines(stream.take(shape.numel() * dtype.itemsize))
            else:
                value = 1.0 if name.endswith("weight") else 0.0  # of a norm, or a bias
                file.write(_bytes_of(torch.full(tuple(shape), value, dtype=dtype)))


class _Random:
    """Random bytes of numbers in `dtype` without end."""

    def __init__(self, dtype: torch.dtype) -> None:
        generator = torch.Generator().manual_seed(0)
        self._block = _bytes_of((torch.randn(RANDOM_NUMBERS, generator=generator) * SPREAD).to(dtype))
        self._at = 0

    def take(self, size_bytes: int) -> Iterator[memoryview]:
        """The next `size_bytes`, in pieces."""
        while size_bytes:
            piece = memoryview(self._block)[self._at : self._at + size_bytes]
            self._at = (self._at + len(piece)) % len(self._block)
            size_bytes -= len(piece)
            yield piece


def _bytes_of(tensor: torch.Tensor) -> bytes:
    return bytes(tensor.contiguous().view(torch.uint8).numpy()) if tensor.dim() else b""
