"""Qwen 2 to 3.5, dense and mixtures."""

from __future__ import annotations

from core.models.config import ModelConfig
from core.models.families.family import Pairs
from core.models.families.parts import attention, experts, gated_mlp, head_norms, linear, norms, router
from core.models.layers import expert_layers, layer_types

BOTH_NORMS = ("input_layernorm", "post_attention_layernorm")


def qwen2_layer(config: ModelConfig, index: int) -> Pairs:
    """Qwen 2 and 2.5: queries, keys and values have biases."""
    yield from attention(config, bias=True)
    yield from gated_mlp(config)
    yield from norms(config, *BOTH_NORMS)


def qwen3_layer(config: ModelConfig, index: int) -> Pairs:
    """Qwen 3: a norm on each head's queries and keys."""
    bias = config.flag("attention_bias")
    yield from attention(config, bias=bias, output_bias=bias)
    yield from head_norms(config)
    yield from gated_mlp(config)
    yield from norms(config, *BOTH_NORMS)


def qwen2_moe_layer(config: ModelConfig, index: int) -> Pairs:
    """Qwen 1.5's mixture: experts, and one that all tokens go through, behind a gate of its own."""
    yield from attention(config, bias=config.flag("qkv_bias", True))
    yield from _feed_forward(config, index)
    yield from norms(config, *BOTH_NORMS)


def qwen3_moe_layer(config: ModelConfig, index: int) -> Pairs:
    """Qwen 3 mixtures: as Qwen 3, with experts for the MLP."""
    bias = config.flag("attention_bias")
    yield from attention(config, bias=bias, output_bias=bias)
    yield from head_norms(config)
    yield from _feed_forward(config, index)
    yield from norms(config, *BOTH_NORMS)


def qwen3_next_layer(config: ModelConfig, index: int) -> Pairs:
    """Qwen 3 Next: three layers of linear attention (gated delta rule, 2412.06464), then one of gated attention."""
    if layer_types(config)[index] == "linear_attention":
        keys, values = _linear_widths(config)
        yield from _linear_attention(config)
        yield from linear("linear_attn.in_proj_qkvz", 2 * keys + 2 * values, config.hidden_size)
        yield from linear("linear_attn.in_proj_ba", 2 * config.number("linear_num_value_heads"), config.hidden_size)
    else:
        yield from _gated_attention(config)
    yield from _feed_forward(config, index)
    yield from norms(config, *BOTH_NORMS)


def qwen3_5_layer(config: ModelConfig, index: int) -> Pairs:
    """Qwen 3.5, dense and mixtures: as Qwen 3 Next, with the linear attention's inputs in matrices of their own."""
    if layer_types(config)[index] == "linear_attention":
        keys, values = _linear_widths(config)
        heads = config.number("linear_num_value_heads")
        yield from _linear_attention(config)
        yield from linear("linear_attn.in_proj_qkv", 2 * keys + values, config.hidden_size)
        yield from linear("linear_attn.in_proj_z", values, config.hidden_size)
        yield from linear("linear_attn.in_proj_b", heads, config.hidden_size)
        yield from linear("linear_attn.in_proj_a", heads, config.hidden_size)
    else:
        yield from _gated_attention(config)
    yield from _feed_forward(config, index)
    yield from norms(config, *BOTH_NORMS)


def _gated_attention(config: ModelConfig) -> Pairs:
    bias = config.flag("attention_bias")
    yield from attention(config, bias=bias, output_bias=bias, gated=True)
    yield from head_norms(config)


def _linear_widths(config: ModelConfig) -> tuple[int, int]:
    keys = config.number("linear_num_key_heads") * config.number("linear_key_head_dim")
    return keys, config.number("linear_num_value_heads") * config.number("linear_value_head_dim")


def _linear_attention(config: ModelConfig) -> Pairs:
    keys, values = _linear_widths(config)
    heads = config.number("linear_num_value_heads")
    yield "linear_attn.dt_bias", (heads,)
    yield "linear_attn.A_log", (heads,)
    yield "linear_attn.conv1d.weight", (2 * keys + values, 1, config.number("linear_conv_kernel_dim", 4))
    yield "linear_attn.norm.weight", (config.number("linear_value_head_dim"),)
    yield from linear("linear_attn.out_proj", config.hidden_size, values)


def _feed_forward(config: ModelConfig, index: int) -> Pairs:
    if index not in expert_layers(config):
        yield from gated_mlp(config)
        return
    yield from router(config)
    yield from experts(config)
    if config.shared_expert_size:
        yield from gated_mlp(config, inner=config.shared_expert_size, name="mlp.shared_expert")
        yield from linear("mlp.shared_expert_gate", 1, config.hidden_size)
