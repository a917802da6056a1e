"""What kind each layer of a model is: how it attends, and whether it has experts."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from core.models.config import ModelConfig, bad_config

FULL, SLIDING, LINEAR, CHUNKED = "full_attention", "sliding_attention", "linear_attention", "chunked_attention"

# Every how many layers a full one comes, where a config does not list its layers' types (transformers 5.24's defaults).
FULL_EVERY = {
    "gemma2": (2, SLIDING),
    "gemma3_text": (6, SLIDING),
    "gemma4_text": (6, SLIDING),
    "gemma4_unified_text": (6, SLIDING),
    "cohere2": (4, SLIDING),
    "olmo3": (4, SLIDING),
    "exaone4": (4, SLIDING),
    "gpt_oss": (2, SLIDING),
    "llama4_text": (4, CHUNKED),
    "qwen3_next": (4, LINEAR),
    "qwen3_5_text": (4, LINEAR),
    "qwen3_5_moe_text": (4, LINEAR),
}
PATTERN_KEYS = ("sliding_window_pattern", "full_attention_interval", "no_rope_layer_interval")
LAST_IS_FULL = {"gemma4_text", "gemma4_unified_text"}
ALL_SLIDE = {"mistral", "mixtral", "phi3", "starcoder2", "ministral"}  # wherever a window is named


def layer_types(config: ModelConfig) -> tuple[str, ...]:
    """The kind of attention of every layer, in transformers' words.

    Raises:
        TunesmithError: `model.bad_config` if the config lists another number of layers.
    """
    listed = config.values.get("layer_types")
    if listed is not None:
        if not isinstance(listed, list) or len(listed) != config.layers:
            raise bad_config(config.where, f"It names {config.layers} layers, and the types of another number.")
        return _last_full(config.model_type, tuple(map(str, listed)))
    every, other = FULL_EVERY.get(config.model_type, (0, SLIDING))
    if every:
        named = next((key for key in PATTERN_KEYS if key in config.values), "")
        every = config.number(named, every) if named else every
        return _last_full(config.model_type, _pattern(config.layers, every, other))
    slides = config.model_type in ALL_SLIDE and config.values.get("sliding_window")
    return ((SLIDING if slides else FULL),) * config.layers


@lru_cache
def _pattern(layers: int, every: int, other: str) -> tuple[str, ...]:
    return tuple(FULL if every and (index + 1) % every == 0 else other for index in range(layers))


def _last_full(model_type: str, types: tuple[str, ...]) -> tuple[str, ...]:
    return (*types[:-1], FULL) if model_type in LAST_IS_FULL else types


def expert_layers(config: ModelConfig) -> frozenset[int]:
    """The numbers of the layers that have experts; none for a dense model."""
    if not config.experts:
        return frozenset()
    values, every = config.values, range(config.layers)
    kinds = values.get("mlp_layer_types")
    if isinstance(kinds, list):
        return frozenset(index for index, kind in enumerate(kinds) if kind == "sparse")
    if config.model_type == "llama4_text":
        listed = _indices(values.get("moe_layers"))
        step = config.number("interleave_moe_layer_step", 1) or 1
        return listed if listed is not None else frozenset(every[step - 1 :: step])
    first_dense = config.number("first_k_dense_replace", FIRST_DENSE.get(config.model_type, 0))
    step = config.number("decoder_sparse_step", 1) or 1
    dense = _indices(values.get("mlp_only_layers")) or frozenset()
    return frozenset(i for i in every if i >= first_dense and i not in dense and (i + 1) % step == 0)


FIRST_DENSE = {"deepseek_v3": 3, "glm4_moe": 1, "glm4_moe_lite": 1}


def _indices(listed: Any) -> frozenset[int] | None:
    return frozenset(listed) if isinstance(listed, list) and all(type(item) is int for item in listed) else None
