"""The tensors of known families by their config alone, for folders and catalogue entries without weights.

One small function a family yields the (name, shape) pairs of one layer, as transformers 5.24 builds them
(`transformers/models/<model_type>/modeling_<model_type>.py`); a test builds each on the meta device and compares every
name and shape. To add a family: write its layer's function and name it in `FAMILIES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from core.errors import TunesmithError
from core.models.config import ModelConfig
from core.models.headers import Tensors

Pairs = Iterator[tuple[str, tuple[int, ...]]]


def _attention(config: ModelConfig, *, bias: bool = False, output_bias: bool = False) -> Pairs:
    hidden, queries, keys = config.hidden_size, config.heads * config.head_dim, config.kv_heads * config.head_dim
    for name, rows in (("q_proj", queries), ("k_proj", keys), ("v_proj", keys)):
        yield f"self_attn.{name}.weight", (rows, hidden)
        if bias:
            yield f"self_attn.{name}.bias", (rows,)
    yield "self_attn.o_proj.weight", (hidden, queries)
    if output_bias:
        yield "self_attn.o_proj.bias", (hidden,)


def _head_norms(config: ModelConfig) -> Pairs:
    yield "self_attn.q_norm.weight", (config.head_dim,)
    yield "self_attn.k_norm.weight", (config.head_dim,)


def _gated_mlp(config: ModelConfig, *, bias: bool = False) -> Pairs:
    hidden, inner = config.hidden_size, config.intermediate_size
    for name, rows, columns in (("gate_proj", inner, hidden), ("up_proj", inner, hidden), ("down_proj", hidden, inner)):
        yield f"mlp.{name}.weight", (rows, columns)
        if bias:
            yield f"mlp.{name}.bias", (rows,)


def _norms(config: ModelConfig, *names: str) -> Pairs:
    for name in names:
        yield f"{name}.weight", (config.hidden_size,)


def _experts(config: ModelConfig) -> Pairs:
    hidden, inner = config.hidden_size, config.expert_size
    yield "mlp.experts.gate_up_proj", (config.experts, 2 * inner, hidden)
    yield "mlp.experts.down_proj", (config.experts, hidden, inner)
    yield "mlp.gate.weight", (config.experts, hidden)


def llama_layer(config: ModelConfig) -> Pairs:
    """Llama; also Mistral, SmolLM3 and Granite, which differ in what has no weights."""
    bias = bool(config.values.get("attention_bias"))
    yield from _attention(config, bias=bias, output_bias=bias)
    yield from _gated_mlp(config, bias=bool(config.values.get("mlp_bias")))
    yield from _norms(config, "input_layernorm", "post_attention_layernorm")


def qwen2_layer(config: ModelConfig) -> Pairs:
    """Qwen 2 and 2.5: queries, keys and values have biases."""
    yield from _attention(config, bias=True)
    yield from _gated_mlp(config)
    yield from _norms(config, "input_layernorm", "post_attention_layernorm")


def qwen3_layer(config: ModelConfig) -> Pairs:
    """Qwen 3: a norm on each head's queries and keys."""
    bias = bool(config.values.get("attention_bias"))
    yield from _attention(config, bias=bias, output_bias=bias)
    yield from _head_norms(config)
    yield from _gated_mlp(config)
    yield from _norms(config, "input_layernorm", "post_attention_layernorm")


def qwen3_moe_layer(config: ModelConfig) -> Pairs:
    """Qwen 3 mixtures: as Qwen 3, with experts for the MLP."""
    bias = bool(config.values.get("attention_bias"))
    yield from _attention(config, bias=bias, output_bias=bias)
    yield from _head_norms(config)
    yield from _experts(config)
    yield from _norms(config, "input_layernorm", "post_attention_layernorm")


def mixtral_layer(config: ModelConfig) -> Pairs:
    """Mixtral: as Mistral, with experts for the MLP."""
    yield from _attention(config)
    yield from _experts(config)
    yield from _norms(config, "input_layernorm", "post_attention_layernorm")


def gemma_layer(config: ModelConfig) -> Pairs:
    """Gemma 1."""
    yield from llama_layer(config)


def gemma2_layer(config: ModelConfig) -> Pairs:
    """Gemma 2: norms before and after both parts."""
    yield from llama_layer(config)
    yield from _norms(config, "pre_feedforward_layernorm", "post_feedforward_layernorm")


def gemma3_layer(config: ModelConfig) -> Pairs:
    """Gemma 3's language model: as Gemma 2, and a norm on each head's queries and keys."""
    yield from gemma2_layer(config)
    yield from _head_norms(config)


def phi3_layer(config: ModelConfig) -> Pairs:
    """Phi 3 and 4: queries, keys and values in one matrix, gate and up in another."""
    hidden, queries = config.hidden_size, config.heads * config.head_dim
    yield "self_attn.qkv_proj.weight", (queries + 2 * config.kv_heads * config.head_dim, hidden)
    yield "self_attn.o_proj.weight", (hidden, queries)
    yield "mlp.gate_up_proj.weight", (2 * config.intermediate_size, hidden)
    yield "mlp.down_proj.weight", (hidden, config.intermediate_size)
    yield from _norms(config, "input_layernorm", "post_attention_layernorm")


FAMILIES: dict[str, Callable[[ModelConfig], Pairs]] = {
    "llama": llama_layer,
    "mistral": llama_layer,
    "smollm3": llama_layer,
    "granite": llama_layer,
    "qwen2": qwen2_layer,
    "qwen3": qwen3_layer,
    "qwen3_moe": qwen3_moe_layer,
    "mixtral": mixtral_layer,
    "gemma": gemma_layer,
    "gemma2": gemma2_layer,
    "gemma3_text": gemma3_layer,
    "phi3": phi3_layer,
}


def tensors_of(config: ModelConfig, where: str) -> Tensors:
    """Every tensor that a model of this config has; types are left empty.

    Raises:
        TunesmithError: `model.unknown_family` where Tunesmith does not know the family's layers.
    """
    layer = FAMILIES.get(config.model_type)
    if layer is None or (config.model_type == "qwen3_moe" and config.values.get("mlp_only_layers")):
        raise TunesmithError(
            "model.unknown_family",
            what="This model cannot be counted from its config alone.",
            why=f"Tunesmith does not know the layers of “{config.model_type or 'an unnamed family'}” by heart.",
            remedy="Put its safetensors files into the folder; then they are counted as they are.",
            where=where,
        )
    tensors: Tensors = {"model.embed_tokens.weight": ("", (config.vocabulary, config.hidden_size))}
    for index in range(config.layers):
        for name, shape in layer(config):
            tensors[f"model.layers.{index}.{name}"] = ("", shape)
    tensors["model.norm.weight"] = ("", (config.hidden_size,))
    if not config.tied:
        tensors["lm_head.weight"] = ("", (config.vocabulary, config.hidden_size))
    return tensors
