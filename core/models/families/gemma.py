"""Gemma 1 to 4."""

from __future__ import annotations

from core.models.config import ModelConfig
from core.models.families.family import Pairs, llama_around
from core.models.families.llama import llama_layer
from core.models.families.parts import experts, gated_mlp, head_norms, linear, norms
from core.models.layers import layer_types

FOUR_NORMS = (
    "input_layernorm",
    "post_attention_layernorm",
    "pre_feedforward_layernorm",
    "post_feedforward_layernorm",
)


def gemma2_layer(config: ModelConfig, index: int) -> Pairs:
    """Gemma 2: norms before and after both parts."""
    yield from llama_layer(config, index)
    yield from norms(config, "pre_feedforward_layernorm", "post_feedforward_layernorm")


def gemma3_layer(config: ModelConfig, index: int) -> Pairs:
    """Gemma 3: as Gemma 2, and a norm on each head's queries and keys."""
    yield from gemma2_layer(config, index)
    yield from head_norms(config)


def gemma4_layer(config: ModelConfig, index: int) -> Pairs:
    """Gemma 4: wider heads in full layers; the last layers use an earlier one's keys and values; E2B and E4B add an
    input of each layer's own; the 26B has experts beside its MLP."""
    hidden = config.hidden_size
    shared = index >= config.layers - config.number("num_kv_shared_layers")
    yield from _attention(config, layer_types(config)[index] == "full_attention", shared)
    double = shared and config.flag("use_double_wide_mlp")
    yield from gated_mlp(config, inner=config.intermediate_size * (2 if double else 1))
    yield from norms(config, *FOUR_NORMS)
    own = config.number("hidden_size_per_layer_input", 256)
    if own:
        yield from linear("per_layer_input_gate", own, hidden)
        yield from linear("per_layer_projection", hidden, own)
        yield from norms(config, "post_per_layer_input_norm")
    if config.experts:
        yield from linear("router.proj", config.experts, hidden)
        yield "router.scale", (hidden,)
        yield "router.per_expert_scale", (config.experts,)
        for name, shape in experts(config, "mixture"):
            yield name.removeprefix("mixture."), shape
        yield from norms(
            config, "post_feedforward_layernorm_1", "post_feedforward_layernorm_2", "pre_feedforward_layernorm_2"
        )


def _attention(config: ModelConfig, full: bool, shared: bool) -> Pairs:
    width = config.number("global_head_dim", 512) if full else config.head_dim
    one_for_both = full and config.flag("attention_k_eq_v")
    heads = config.number("num_global_key_value_heads", config.kv_heads) if one_for_both else config.kv_heads
    bias = config.flag("attention_bias")
    yield from linear("self_attn.q_proj", config.heads * width, config.hidden_size, bias=bias)
    yield "self_attn.q_norm.weight", (width,)
    if not shared:
        yield "self_attn.k_norm.weight", (width,)
        yield from linear("self_attn.k_proj", heads * width, config.hidden_size, bias=bias)
        if not one_for_both:
            yield from linear("self_attn.v_proj", heads * width, config.hidden_size, bias=bias)
    yield from linear("self_attn.o_proj", config.hidden_size, config.heads * width, bias=bias)


def gemma4_around(config: ModelConfig) -> Pairs:
    """As Llama, and the table of the layers' own inputs, all layers side by side."""
    yield from llama_around(config)
    own = config.number("hidden_size_per_layer_input", 256)
    if own:
        together = config.layers * own
        yield "embed_tokens_per_layer.weight", (config.number("vocab_size_per_layer_input", 262_144), together)
        yield from linear("per_layer_model_projection", together, config.hidden_size)
        yield "per_layer_projection_norm.weight", (own,)
