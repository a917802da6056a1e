"""A model's `config.json`, checked: the sizes that the rest of Tunesmith counts with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from core.errors import TunesmithError
from core.files import read_json_object

# What transformers 5.24 assumes where a config leaves a value out, for the families whose published configs do.
DEFAULTS: dict[str, dict[str, Any]] = {
    "gemma": {"head_dim": 256, "tie_word_embeddings": True},
    "gemma2": {"head_dim": 256, "tie_word_embeddings": True},
    "gemma3_text": {
        "num_attention_heads": 8,
        "num_key_value_heads": 4,
        "head_dim": 256,
        "vocab_size": 262_208,
        "max_position_embeddings": 131_072,
        "tie_word_embeddings": True,
    },
    "qwen3": {"head_dim": 128},
    "smollm3": {"tie_word_embeddings": True},
    "falcon": {"tie_word_embeddings": True},
    "gpt2": {"tie_word_embeddings": True},
}
LARGEST = {"layers": 10_000, "size": 10_000_000, "vocabulary": 100_000_000, "context": 1_000_000_000}
QUANTISED_FORMATS = {"gptq": "GPTQ", "awq": "AWQ", "bitsandbytes": "bitsandbytes", "fp8": "FP8", "mxfp4": "MXFP4"}


class ModelConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The sizes in a config. `values` are those of the language model's own part, `has_vision` says there is another.
    `document` is the whole config.

    `tied`: the head is the embedding's matrix. `experts` is 0 for a dense model, `expert_size` the width of one expert.
    """

    architecture: str
    model_type: str
    layers: int
    hidden_size: int
    intermediate_size: int
    heads: int
    kv_heads: int
    head_dim: int
    vocabulary: int
    tied: bool
    experts: int
    experts_per_token: int
    expert_size: int
    context_length: int
    has_vision: bool
    values: dict[str, Any]
    document: dict[str, Any]


def read_config(path: Path) -> ModelConfig:
    """The config in the file `path`.

    Raises:
        TunesmithError: `model.bad_config`, `model.already_quantized`, `file.not_readable`.
    """
    try:
        document = read_json_object(path)
    except TunesmithError as error:
        if error.code != "file.not_json":
            raise
        raise bad_config(str(path), error.why) from error
    return parse_config(document, str(path))


def parse_config(document: Mapping[str, Any], where: str) -> ModelConfig:
    """The config in plain data, as `config.json` holds it.

    Raises:
        TunesmithError: `model.bad_config` for missing, negative, absurd or contradictory numbers;
            `model.already_quantized`.
    """
    _refuse_quantised(document, where)
    inner = document.get("text_config")
    text: dict[str, Any] = dict(inner) if isinstance(inner, dict) else dict(document)
    model_type = str(text.get("model_type") or document.get("model_type") or "")
    text = DEFAULTS.get(model_type, {}) | {key: value for key, value in text.items() if value is not None}
    if "tie_word_embeddings" in document:
        text["tie_word_embeddings"] = document["tie_word_embeddings"]
    numbers = _Numbers(text, where)
    hidden = numbers.needed("size", "hidden_size", "n_embd", "d_model")
    heads = numbers.needed("size", "num_attention_heads", "n_head", "n_heads")
    experts = numbers.optional("size", 0, "num_local_experts", "num_experts", "n_routed_experts")
    intermediate = numbers.optional("size", 4 * hidden, "intermediate_size", "ffn_hidden_size", "n_inner", "ffn_dim")
    config = ModelConfig(
        architecture=_architecture(document),
        model_type=model_type,
        layers=numbers.needed("layers", "num_hidden_layers", "n_layer", "n_layers"),
        hidden_size=hidden,
        intermediate_size=intermediate,
        heads=heads,
        kv_heads=_kv_heads(numbers, text, heads),
        head_dim=numbers.optional("size", hidden // heads, "head_dim"),
        vocabulary=numbers.needed("vocabulary", "vocab_size"),
        tied=bool(text.get("tie_word_embeddings", False)),
        experts=experts,
        experts_per_token=numbers.optional("size", 0, "num_experts_per_tok", "num_experts_per_token") if experts else 0,
        expert_size=numbers.optional("size", intermediate, "moe_intermediate_size") if experts else 0,
        context_length=numbers.optional("context", 0, "max_position_embeddings", "n_positions", "max_seq_len"),
        has_vision=any("vision" in key or "audio" in key for key, value in document.items() if isinstance(value, dict)),
        values=text,
        document=dict(document),
    )
    _refuse_contradictions(config, text, where)
    return config


def _architecture(document: Mapping[str, Any]) -> str:
    named = document.get("architectures")
    return str(named[0]) if isinstance(named, list) and named else ""


def _kv_heads(numbers: _Numbers, text: Mapping[str, Any], heads: int) -> int:
    """Falcon's `multi_query` means one key-value head, unless its newer layout names a number."""
    if text.get("multi_query") and not text.get("new_decoder_architecture"):
        return 1
    return numbers.optional("size", heads, "num_key_value_heads", "num_kv_heads")


def _refuse_contradictions(config: ModelConfig, text: Mapping[str, Any], where: str) -> None:
    if config.heads % config.kv_heads:
        raise bad_config(where, f"{config.heads} attention heads cannot share {config.kv_heads} key-value heads.")
    if config.experts_per_token > config.experts:
        raise bad_config(
            where, f"{config.experts_per_token} experts a token are more than the {config.experts} there are."
        )
    if "head_dim" not in text and config.hidden_size % config.heads:
        raise bad_config(
            where, f"The width {config.hidden_size} cannot be divided among {config.heads} attention heads."
        )


def _refuse_quantised(document: Mapping[str, Any], where: str) -> None:
    quantised = document.get("quantization_config")
    if not isinstance(quantised, dict):
        return
    method = str(quantised.get("quant_method", "")) or ("bitsandbytes" if "load_in_4bit" in quantised else "unknown")
    raise TunesmithError(
        "model.already_quantized",
        what="This model's weights are already quantised.",
        why=f"They are stored as {QUANTISED_FORMATS.get(method, method)}, which Tunesmith cannot train on.",
        remedy="Choose the original model in 16 bits; Tunesmith quantises it to 4 or 8 bits itself while loading.",
        where=where,
    )


def bad_config(where: str, why: str) -> TunesmithError:
    """The error for a config that cannot be a model's."""
    return TunesmithError(
        "model.bad_config",
        what="The model's config.json cannot be right.",
        why=why,
        remedy="Get the file again from where the model came from.",
        where=where,
    )


class _Numbers:
    """Whole numbers of a config, under whichever of their names they stand, within bounds that no model passes."""

    def __init__(self, values: Mapping[str, Any], where: str) -> None:
        self._values = values
        self._where = where

    def needed(self, bound: str, *names: str) -> int:
        number = self.optional(bound, 0, *names)
        if number < 1:
            raise bad_config(self._where, f"It does not say {names[0]}.")
        return number

    def optional(self, bound: str, default: int, *names: str) -> int:
        for name in names:
            if name in self._values:
                return self._checked(name, self._values[name], LARGEST[bound])
        return default

    def _checked(self, name: str, value: Any, largest: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise bad_config(self._where, f"{name} is {value!r}, not a whole number.")
        if value < 1:
            raise bad_config(self._where, f"{name} is {value}; it must be at least 1.")
        if value > largest:
            raise bad_config(self._where, f"{name} is {value:,}, more than any model has.")
        return value
