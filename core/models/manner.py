"""How a model's layers work beside their sizes: windows, norms, activation, caps. The estimate needs to know."""

from __future__ import annotations

import re
from typing import Any

from core.models.config import ModelConfig, bad_config
from core.models.counting import group_of
from core.models.families import FAMILIES
from core.models.headers import Tensors
from core.models.layers import FULL, LINEAR, layer_types

HEAD_NORM = re.compile(r"\.(q|k|query|key)_(layer)?norm\.")
LAYER_NORM = {"cohere", "cohere2"}  # without a bias
ACTIVATIONS = ("hidden_activation", "hidden_act", "activation_function", "activation")
# transformers 5.24's defaults where a config does not say.
ACTIVATION = {
    "falcon": "gelu",
    "gpt2": "gelu_new",
    "gpt_neox": "gelu",
    "phi": "gelu_new",
    "starcoder2": "gelu_pytorch_tanh",
    "nemotron": "relu2",
    "gemma": "gelu_pytorch_tanh",
    "gemma2": "gelu_pytorch_tanh",
    "gemma3_text": "gelu_pytorch_tanh",
    "gemma4_text": "gelu_pytorch_tanh",
    "gemma4_unified_text": "gelu_pytorch_tanh",
}
WINDOWS = {
    "gemma2": 4096,
    "gemma3_text": 4096,
    "gemma4_text": 512,
    "gemma4_unified_text": 1024,
    "cohere2": 4096,
    "olmo3": 4096,
    "gpt_oss": 128,
    "llama4_text": 8192,
}


def manner(config: ModelConfig, tensors: Tensors) -> dict[str, Any]:
    """ModelSpec's fields that say how the layers work, beside their sizes.

    Raises:
        TunesmithError: `model.bad_config`.
    """
    family, kinds = FAMILIES.get(config.model_type), layer_types(config)
    windowed = any(kind not in (FULL, LINEAR) for kind in kinds)
    window = "attention_chunk_size" if config.model_type == "llama4_text" else "sliding_window"
    activation = next((config.values[key] for key in ACTIVATIONS if isinstance(config.values.get(key), str)), "")
    parallel = family is not None and family.parallel
    if config.model_type == "falcon":
        parallel = config.flag("parallel_attn", True) or config.flag("new_decoder_architecture")
    if config.model_type == "gpt_neox":
        parallel = config.flag("use_parallel_residual", True)
    return {
        "layer_types": list(kinds),
        "sliding_window": config.number(window, WINDOWS.get(config.model_type, 0)) if windowed else 0,
        "global_head_dim": config.number("global_head_dim", 512) if config.model_type.startswith("gemma4") else 0,
        "parallel_attention": parallel,
        "layer_norm": config.model_type in LAYER_NORM or any(map(_is_norms_bias, tensors)),
        "head_norms": any(HEAD_NORM.search(name) for name in tensors),
        "activation": activation or ACTIVATION.get(config.model_type, "silu"),
        "attention_softcap": _cap(config, "attn_logit_softcapping", 50.0),
        "logit_softcap": _cap(config, "final_logit_softcapping", 30.0),
        "attention_sinks": any(name.endswith(".sinks") for name in tensors),
    }


def _is_norms_bias(name: str) -> bool:
    return name.endswith(".bias") and group_of(name) == "norms"


def _cap(config: ModelConfig, name: str, gemma2: float) -> float:
    """Gemma 2's caps are transformers' defaults; elsewhere there is one where the config names it."""
    value = config.values.get(name, gemma2 if config.model_type == "gemma2" and name not in config.document else 0.0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1e6:
        raise bad_config(config.where, f"{name} is {value!r}, which no model has.")
    return float(value)
