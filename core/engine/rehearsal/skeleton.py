"""A model without weights: built on the meta device from its config, quantised in form only, with few of its layers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import bitsandbytes
import torch
from bitsandbytes.functional import QuantState
from torch import Tensor, nn
from transformers import MODEL_FOR_CAUSAL_LM_MAPPING, AutoConfig, AutoModelForCausalLM
from transformers.initialization import no_init_weights
from transformers.quantizers import AutoHfQuantizer

from core.engine.attention import DOCUMENTS
from core.engine.failures import first_line
from core.engine.load import DTYPES, attention_of, prepare_families, quantization_config, settle
from core.engine.refusals import check_joining
from core.engine.rehearsal.attention import CARD_SDPA
from core.engine.rehearsal.layout import Layout, layout_of
from core.errors import TunesmithError
from core.quantization.nf4 import BLOCK, NESTED_BLOCK
from core.settings import TrainingSettings

INDEX = re.compile(r"(idx|index|layer_id)$")
STANDARD = ("sdpa", "eager", "flash_attention_2")


@dataclass(frozen=True)
class Skeleton:
    """`model` has the layers that `layout` chose, in `layers`."""

    model: Any
    layers: nn.ModuleList
    layout: Layout


def build(config: dict[str, Any], settings: TrainingSettings, attention: str, *, whole: bool = False) -> Skeleton:
    """The causal language model of `config` on the meta device, as `load_model` would load it.

    Args:
        config: the content of a `config.json`.
        attention: transformers' name of the attention function.
        whole: keep every layer.

    Raises:
        TunesmithError: `rehearsal.unknown_model` where transformers cannot build such a model,
            `engine.rows_not_joinable`.
    """
    dtype = DTYPES[settings.compute_dtype]
    model = model_of(config, dtype, attention)
    check_joining(model.config, settings)
    settle(model)
    list_name, layers = layer_list(model)
    text = model.config.get_text_config()
    types = getattr(text, "layer_types", None)
    kinds = [f"{types[index] if types else ''} {layer} {_flags(layer)}" for index, layer in enumerate(layers)]
    layout = layout_of(kinds, whole=whole)
    kept = nn.ModuleList(layers[index] for index in layout.built)
    model.set_submodule(list_name, kept)
    text.num_hidden_layers = len(kept)
    if types:
        text.layer_types = [types[index] for index in layout.built]
    _quantize(model, settings, dtype)
    return Skeleton(model, kept, layout)


def model_of(config: dict[str, Any], dtype: torch.dtype, attention: str = "sdpa") -> Any:
    """The whole model on the meta device.

    Raises:
        TunesmithError: `rehearsal.unknown_model`.
    """
    prepare_families()
    given = {key: value for key, value in config.items() if key not in ("model_type", "quantization_config")}
    try:
        read = AutoConfig.for_model(str(config.get("model_type", "")), **given)
        if attention not in STANDARD and not _takes_any_attention(read):
            attention = "sdpa"
        if attention in ("sdpa", CARD_SDPA, DOCUMENTS) and attention_of(read, "sdpa") == "eager":
            attention = "eager"
        with torch.device("meta"), no_init_weights():
            model = AutoModelForCausalLM.from_config(read, dtype=dtype, attn_implementation=attention)
    except Exception as error:
        raise TunesmithError(
            "rehearsal.unknown_model",
            what="This model cannot be rehearsed.",
            why=f"transformers cannot build it from its config: {first_line(error).rstrip('.')}.",
            remedy="The instant estimate stays; it was counted from the weights' headers or the config alone.",
            where=str(config.get("model_type", "")),
        ) from error
    model.tie_weights()  # which goes with the first values, left out here
    for name, parameter in model.named_parameters():
        if any(part in name.split(".") for part in model._keep_in_fp32_modules_strict or ()):
            parameter.data = parameter.data.float()
    return model


def _takes_any_attention(config: Any) -> bool:
    """Whether the model asks transformers for its attention function; Falcon calls PyTorch's by itself."""
    kind = MODEL_FOR_CAUSAL_LM_MAPPING.get(type(config), None)
    return bool(kind and kind._supports_attention_backend)


def layer_list(model: Any) -> tuple[str, nn.ModuleList]:
    """The decoder's list of layers and its name.

    Raises:
        TunesmithError: `rehearsal.unknown_model`.
    """
    count = model.config.get_text_config().num_hidden_layers
    for name, module in model.named_modules():
        if isinstance(module, nn.ModuleList) and len(module) == count and not _sees(name):
            return name, module
    raise TunesmithError(
        "rehearsal.unknown_model",
        what="This model cannot be rehearsed.",
        why=f"None of its parts is a list of {count} layers.",
        remedy="The instant estimate stays.",
        where=str(model.config.model_type),
    )


def _flags(layer: nn.Module) -> list[tuple[str, str]]:
    """What is switched on in a layer's parts: rotary embeddings, a window, keys and values kept for other layers."""
    switches = ((path, key, on) for path, part in layer.named_modules() for key, on in vars(part).items())
    return [(path, key) for path, key, on in switches if type(on) in (bool, int) and on == 1 and not INDEX.search(key)]


def _sees(name: str) -> bool:
    return any(word in name for word in ("vision", "visual", "audio"))


def _quantize(model: Any, settings: TrainingSettings, dtype: torch.dtype) -> None:
    """Replace linear layers as transformers does while loading, and give them what bitsandbytes would make of their
    weights."""
    config = quantization_config(settings)
    if config is None:
        return
    quantizer = AutoHfQuantizer.from_config(config, pre_quantized=False)
    quantizer.preprocess_model(model=model, dtype=dtype, device_map={"": "cpu"})
    for module in model.modules():
        if isinstance(module, bitsandbytes.nn.Linear4bit):
            _hold_in_4_bits(module, settings, dtype)
        elif isinstance(module, bitsandbytes.nn.Linear8bitLt):
            _hold_in_8_bits(module)
        else:
            continue
        if module.bias is not None:
            module.bias.data = module.bias.data.to(dtype)  # made anew in float32, loaded as all else
    quantizer.postprocess_model(model)
    model.hf_quantizer = quantizer  # as `from_pretrained` leaves it


def _hold_in_4_bits(module: Any, settings: TrainingSettings, dtype: torch.dtype) -> None:
    """bitsandbytes 0.50, `quantize_4bit`: packed nibbles, scales, tables."""
    weights = module.in_features * module.out_features
    blocks = -(-weights // BLOCK)
    shape = torch.Size((module.out_features, module.in_features))
    common: dict[str, Any] = {"shape": shape, "blocksize": BLOCK, "quant_type": "nf4", "dtype": dtype}
    if settings.double_quantization:
        nested = QuantState(
            absmax=_empty(-(-blocks // NESTED_BLOCK)), code=_empty(256), blocksize=NESTED_BLOCK, dtype=torch.float32
        )
        scales = {"absmax": _empty(blocks, dtype=torch.uint8), "offset": _empty(), "state2": nested}
    else:
        scales = {"absmax": _empty(blocks)}
    state = QuantState(code=_empty(16), **common, **scales)
    module.weight = bitsandbytes.nn.Params4bit(
        _empty((weights + 1) // 2, 1, dtype=torch.uint8),
        requires_grad=False,
        quant_state=state,
        bnb_quantized=True,
        quant_type="nf4",
        blocksize=BLOCK,
        compress_statistics=settings.double_quantization,
        module=module,
    )
    module.quant_state = state


def _hold_in_8_bits(module: Any) -> None:
    """bitsandbytes 0.50, `Int8Params`: int8 weights and a float32 scale a row, both in the layer's state."""
    packed = _empty(module.out_features, module.in_features, dtype=torch.int8)
    weight = bitsandbytes.nn.Int8Params(packed, requires_grad=False, has_fp16_weights=False)
    weight.CB, weight.SCB = packed, _empty(module.out_features)
    module.weight = weight


def _empty(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.empty(shape, dtype=dtype, device="meta")


def tensors_of(model: Any) -> Sequence[tuple[str, tuple[int, ...]]]:
    """Name and shape of every parameter; tied ones once."""
    return [(name, tuple(parameter.shape)) for name, parameter in model.named_parameters()]
