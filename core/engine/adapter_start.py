"""How an adapter starts other than as no change at all: from the base's strongest directions, or from what NF4 lost."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from bitsandbytes.functional import dequantize_4bit
from peft import PeftModel, get_peft_model_state_dict
from peft.tuners.lora import LoraLayer
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from core.errors import TunesmithError
from core.files import read_json_object
from core.settings import TrainingSettings

POWER_ITERATIONS = 4  # of the randomised decomposition: enough for weights (PiSSA, 2404.02948, section 4)
INDEX = "model.safetensors.index.json"
First = dict[str, tuple[Tensor, Tensor]]


def start(model: PeftModel, settings: TrainingSettings, name: str) -> None:
    """Give the fresh adapter `name` of `model` its first values as `settings.lora_init` says. The random numbers that
    the decomposition draws are torch's own: seed them first, and a resumed run starts from the same.

    Raises:
        TunesmithError: `adapter.no_exact_weights`.
    """
    if settings.lora_init == "pissa":
        model.first_values = {path: _take_out(layer, name) for path, layer in _layers(model)}
    elif settings.lora_init == "loftq":
        weights = _Weights(Path(model.get_base_model().config._name_or_path))
        for path, layer in _layers(model):
            _put_back(layer, name, weights.get(path))


@torch.no_grad()
def _take_out(layer: Any, name: str) -> tuple[Tensor, Tensor]:
    """PiSSA: the adapter takes the strongest directions over from the weight W, which keeps the rest (2404.02948,
    equations 2 to 4). What it started with, on the processor."""
    base = layer.get_base_layer().weight
    weight = _as_linear(layer, base.data.float())
    _set(layer, name, weight)
    down, up = layer.lora_A[name].weight.data, layer.lora_B[name].weight.data
    rest = weight - layer.scaling[name] * (up @ down)
    base.data = _as_linear(layer, rest).to(base.dtype)
    return down.cpu().clone(), up.cpu().clone()


@torch.no_grad()
def _put_back(layer: Any, name: str, exact: Tensor) -> None:
    """LoftQ, one iteration: the adapter starts as the best approximation of what rounding to NF4 lost (2310.08659,
    equation 6)."""
    packed = layer.get_base_layer().weight
    rounded = dequantize_4bit(packed.data, packed.quant_state).float()
    _set(layer, name, exact.to(rounded.device).float() - rounded)


def _set(layer: Any, name: str, wanted: Tensor) -> None:
    """Make the adapter's product the best of its rank for `wanted` (out, in), both matrices alike in size."""
    rank = layer.r[name]
    left, sizes, right = torch.svd_lowrank(wanted, q=min(rank, *wanted.shape), niter=POWER_ITERATIONS)
    root = torch.sqrt(sizes / layer.scaling[name])
    down, up = layer.lora_A[name].weight, layer.lora_B[name].weight
    down.data.zero_()
    up.data.zero_()
    down.data[: len(root)] = (root[:, None] * right.T).to(down.dtype)
    up.data[:, : len(root)] = (left * root).to(up.dtype)


def save_as_plain(model: PeftModel, folder: Path, name: str) -> None:
    """Write an adapter that started as PiSSA as one that anybody can put on the base as it was.

    What it changes is B·A - B₀·A₀, with the first values in B₀ and A₀: an adapter [A; A₀], [B, -B₀] of twice the rank.
    """
    first: First = model.first_values
    config = copy.deepcopy(model.peft_config[name])
    factor = math.sqrt(2) if config.use_rslora else 2  # the scale stays: alpha over the rank, or over its root
    config.r, config.lora_alpha, config.init_lora_weights = 2 * config.r, factor * config.lora_alpha, True
    tensors = get_peft_model_state_dict(model, adapter_name=name, save_embedding_layers=False)
    for path, (down, up) in first.items():
        for matrix, values, dim in (("lora_A", down, 0), ("lora_B", -up, 1)):
            key = f"base_model.model.{path}.{matrix}.weight"
            now = tensors[key].cpu()
            tensors[key] = torch.cat([now, values.to(now.dtype)], dim=dim)
    folder.mkdir(parents=True, exist_ok=True)
    save_file({key: value.contiguous() for key, value in tensors.items()}, folder / "adapter_model.safetensors")
    config.inference_mode = True
    config.save_pretrained(folder)


def _layers(model: PeftModel) -> Iterator[tuple[str, Any]]:
    """Path in the base and module of every adapted layer."""
    for path, module in model.base_model.model.named_modules():
        if isinstance(module, LoraLayer):
            yield path, module


def _as_linear(layer: Any, weight: Tensor) -> Tensor:
    """(out, in), or back from it: GPT-2's layers hold their weight the other way round."""
    return weight.T.contiguous() if getattr(layer, "fan_in_fan_out", False) else weight


class _Weights:
    """The weights in a model's folder, one read at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        index = folder / INDEX
        self._files = read_json_object(index).get("weight_map", {}) if index.is_file() else {}

    def get(self, path: str) -> Tensor:
        """The weight of the layer at `path`, as it was before it was quantised."""
        name = f"{path}.weight"
        file = self._folder / self._files.get(name, "model.safetensors")
        try:
            with safe_open(file, framework="pt") as opened:
                weight: Tensor = opened.get_tensor(name)
        except (OSError, KeyError) as error:
            raise _no_exact_weights(name, file) from error
        except Exception as error:
            if type(error).__name__ == "SafetensorError":
                raise _no_exact_weights(name, file) from error
            raise
        return weight


def _no_exact_weights(name: str, file: Path) -> TunesmithError:
    return TunesmithError(
        "adapter.no_exact_weights",
        what="LoftQ cannot see what the rounding lost.",
        why=f"The weight “{name}” is not in the model's files under that name.",
        remedy="Choose the default start of the adapter.",
        where=str(file),
    )
