"""A model's `config.json`, checked: the sizes that the rest of Tunesmith counts with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    "gemma4_text": {"head_dim": 256, "vocab_size": 262_144, "tie_word_embeddings": True},
    "gemma4_unified_text": {
        "head_dim": 256,
        "vocab_size": 262_144,
        "hidden_size_per_layer_input": 0,
        "tie_word_embeddings": True,
    },
    "qwen3": {"head_dim": 128},
    "qwen3_next": {"head_dim": 256, "tie_word_embeddings": False},
    "qwen3_5_text": {"head_dim": 256},
    "qwen3_5_moe_text": {"head_dim": 256},
    "smollm3": {"tie_word_embeddings": True},
    "mistral": {"num_key_value_heads": 8},
    "mistral3": {"num_key_value_heads": 8, "tie_word_embeddings": True},
    "ministral3": {"head_dim": 128},
    "cohere": {"tie_word_embeddings": True},
    "cohere2": {"tie_word_embeddings": True},
    "ernie4_5": {"head_dim": 128, "tie_word_embeddings": True},
    "seed_oss": {"head_dim": 128},
    "glm": {"head_dim": 128},
    "glm4": {"head_dim": 128},
    "gpt_oss": {"head_dim": 64},
    "llama4_text": {"head_dim": 128},
    "falcon": {"multi_query": True, "tie_word_embeddings": True},
    "starcoder2": {"tie_word_embeddings": True},
    "gpt2": {"tie_word_embeddings": True},
}
# The language model inside a multimodal config that does not name its own type.
TEXT_TYPES = {
    "gemma3": "gemma3_text",
    "gemma4": "gemma4_text",
    "gemma4_unified": "gemma4_unified_text",
    "llama4": "llama4_text",
    "mistral3": "mistral",
    "qwen3_5": "qwen3_5_text",
    "qwen3_5_moe": "qwen3_5_moe_text",
}
EXPERTS = ("num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts")
EXPERTS_PER_TOKEN = ("num_experts_per_tok", "num_experts_per_token", "top_k_experts", "moe_k")
LARGEST = {"layers": 10_000, "size": 10_000_000, "vocabulary": 100_000_000, "context": 1_000_000_000}
QUANTISED_FORMATS = {"gptq": "GPTQ", "awq": "AWQ", "bitsandbytes": "bitsandbytes", "fp8": "FP8", "mxfp4": "MXFP4"}


class ModelConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The sizes in a config, read from `where`.

    Attributes:
        model_type: the language model's; `outer_type` the whole config's, another for a multimodal model.
        tied: the head is the embedding's matrix.
        intermediate_size: the dense MLP's width.
        experts: how many a layer has, 0 for a dense model; `expert_size` is the width of one, `shared_expert_size` of
            the one that all tokens go through.
        has_vision: there are towers for pictures or sound beside the language model.
        values: the language model's own part of the config; `document` is the whole.
    """

    architecture: str
    model_type: str
    outer_type: str
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
    shared_expert_size: int
    context_length: int
    has_vision: bool
    values: dict[str, Any]
    document: dict[str, Any]
    where: str

    def flag(self, name: str, default: bool = False) -> bool:
        """Whether the language model's config says yes to `name`."""
        return bool(self.values.get(name, default))

    def number(self, name: str, default: int = 0) -> int:
        """The whole number `name` of the language model's config, from 0 on.

        Raises:
            TunesmithError: `model.bad_config`.
        """
        return _whole(self.values, name, default, self.where)


def numbers_of(config: ModelConfig, part: str) -> Callable[[str, int], int]:
    """(name, default) → the whole number in the config's `part`, or at its top where `part` is empty.

    Raises:
        TunesmithError: `model.bad_config`, then or when a number is asked for.
    """
    found = config.document.get(part) if part else config.document
    if not isinstance(found, dict):
        raise bad_config(config.where, f"{part} is not an object.")

    def number(name: str, default: int) -> int:
        return _whole(found, name, default, config.where) or default

    return number


def _whole(values: Mapping[str, Any], name: str, default: int, where: str) -> int:
    value = values.get(name)
    if value is None:
        return default
    largest = LARGEST["layers" if "layers" in name or name == "depth" else "size"]
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= largest:
        raise bad_config(where, f"{name} is {value!r}, which no model has.")
    return value


def read_document(path: Path) -> dict[str, Any]:
    """What the config file `path` holds.

    Raises:
        TunesmithError: `model.bad_config`, `file.not_readable`.
    """
    try:
        return read_json_object(path)
    except TunesmithError as error:
        if error.code != "file.not_json":
            raise
        raise bad_config(str(path), error.why) from error


def parse_config(document: Mapping[str, Any], where: str) -> ModelConfig:
    """The config in plain data, as `config.json` holds it.

    Raises:
        TunesmithError: `model.bad_config` for missing, negative, absurd or contradictory numbers;
            `model.already_quantized`.
    """
    refuse_quantised(document, where)
    outer_type, model_type, text = _language_model(document)
    numbers = _Numbers(text, where)
    hidden = numbers.needed("size", "hidden_size", "n_embd", "d_model")
    heads = numbers.needed("size", "num_attention_heads", "n_head", "n_heads")
    config = ModelConfig(
        architecture=_architecture(document),
        model_type=model_type,
        outer_type=outer_type or model_type,
        layers=numbers.needed("layers", "num_hidden_layers", "n_layer", "n_layers"),
        hidden_size=hidden,
        heads=heads,
        kv_heads=_kv_heads(numbers, text, heads),
        head_dim=_head_dim(numbers, text, hidden // heads),
        vocabulary=numbers.needed("vocabulary", "vocab_size"),
        tied=bool(text.get("tie_word_embeddings", False)),
        context_length=numbers.optional("context", 0, "max_position_embeddings", "n_positions", "max_seq_len"),
        has_vision=any("vision" in key or "audio" in key for key, value in document.items() if isinstance(value, dict)),
        values=text,
        document=dict(document),
        where=where,
        **_widths(numbers, text, model_type, hidden),
    )
    _refuse_contradictions(config, text, where)
    return config


def _language_model(document: Mapping[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """(the whole config's type, the language model's, the language model's part with what transformers assumes)."""
    inner = document.get("text_config")
    outer_type = str(document.get("model_type") or "")
    text: dict[str, Any] = dict(inner) if isinstance(inner, dict) else dict(document)
    model_type = str(text.get("model_type") or TEXT_TYPES.get(outer_type, outer_type))
    assumed = DEFAULTS.get(model_type, {}) | DEFAULTS.get(outer_type, {})
    text = assumed | {key: value for key, value in text.items() if value is not None}
    if "tie_word_embeddings" in document:
        text["tie_word_embeddings"] = document["tie_word_embeddings"]
    return outer_type, model_type, text


def _widths(numbers: _Numbers, text: Mapping[str, Any], model_type: str, hidden: int) -> dict[str, int]:
    """The feed-forward's sizes. Llama 4's `intermediate_size` is its experts' width, not its dense layers'."""
    names = ("intermediate_size", "ffn_hidden_size", "n_inner", "ffn_dim")
    width = numbers.optional("size", 4 * hidden, *names)
    experts = 0 if text.get("enable_moe_block") is False else numbers.counted(*EXPERTS)
    if not experts:
        return dict.fromkeys(("experts", "experts_per_token", "expert_size", "shared_expert_size"), 0) | {
            "intermediate_size": width
        }
    expert = numbers.optional("size", width, "moe_intermediate_size")
    shared = numbers.counted("shared_expert_intermediate_size") or numbers.counted("n_shared_experts") * expert
    if model_type == "llama4_text":
        shared, width = expert, numbers.optional("size", width, "intermediate_size_mlp")
    return {
        "intermediate_size": width,
        "experts": experts,
        "experts_per_token": numbers.counted(*EXPERTS_PER_TOKEN),
        "expert_size": expert,
        "shared_expert_size": shared,
    }


def _architecture(document: Mapping[str, Any]) -> str:
    named = document.get("architectures")
    return str(named[0]) if isinstance(named, list) and named else ""


def _kv_heads(numbers: _Numbers, text: Mapping[str, Any], heads: int) -> int:
    """Falcon's `multi_query` means one key-value head, unless its newer layout names a number."""
    if text.get("multi_query") and not text.get("new_decoder_architecture"):
        return 1
    return numbers.optional("size", heads, "num_key_value_heads", "num_kv_heads")


def _head_dim(numbers: _Numbers, text: Mapping[str, Any], default: int) -> int:
    """Latent attention's heads have a part with places and one without (DeepSeek 2, 2405.04434)."""
    if "qk_nope_head_dim" in text:
        return numbers.needed("size", "qk_nope_head_dim") + numbers.counted("qk_rope_head_dim")
    return numbers.optional("size", default, "head_dim")


def _refuse_contradictions(config: ModelConfig, text: Mapping[str, Any], where: str) -> None:
    if config.heads % config.kv_heads:
        raise bad_config(where, f"{config.heads} attention heads cannot share {config.kv_heads} key-value heads.")
    if config.experts_per_token > config.experts:
        raise bad_config(
            where, f"{config.experts_per_token} experts a token are more than the {config.experts} there are."
        )
    if not {"head_dim", "qk_nope_head_dim"} & set(text) and config.hidden_size % config.heads:
        raise bad_config(
            where, f"The width {config.hidden_size} cannot be divided among {config.heads} attention heads."
        )


def refuse_quantised(document: Mapping[str, Any], where: str) -> None:
    """Refuse weights that are quantised already.

    Raises:
        TunesmithError: `model.already_quantized`.
    """
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

    def counted(self, *names: str) -> int:
        """As `optional`, where 0 means that there is none."""
        return next((_whole(self._values, name, 0, self._where) for name in names if name in self._values), 0)

    def _checked(self, name: str, value: Any, largest: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise bad_config(self._where, f"{name} is {value!r}, not a whole number.")
        if value < 1:
            raise bad_config(self._where, f"{name} is {value}; it must be at least 1.")
        if value > largest:
            raise bad_config(self._where, f"{name} is {value:,}, more than any model has.")
        return value
