"""Llama 4, gpt-oss, DeepSeek 2 and 3, and GLM 4.5 to 4.7: mixtures with layouts of their own."""

from __future__ import annotations

from core.models.config import ModelConfig
from core.models.families.family import Pairs
from core.models.families.parts import attention, experts, gated_mlp, head_norms, linear, norms, router
from core.models.layers import expert_layers

BOTH_NORMS = ("input_layernorm", "post_attention_layernorm")


def llama4_layer(config: ModelConfig, index: int) -> Pairs:
    """Llama 4: experts (stored in, out) and a shared one; Maverick has them in every second layer only."""
    hidden, inner = config.hidden_size, config.expert_size
    bias = config.flag("attention_bias")
    yield from attention(config, bias=bias, output_bias=bias)
    yield from norms(config, *BOTH_NORMS)
    if index not in expert_layers(config):
        yield from gated_mlp(config, name="feed_forward")
        return
    yield "feed_forward.experts.gate_up_proj", (config.experts, hidden, 2 * inner)
    yield "feed_forward.experts.down_proj", (config.experts, inner, hidden)
    yield from router(config, "feed_forward.router")
    yield from gated_mlp(config, inner=config.shared_expert_size, name="feed_forward.shared_expert")


def gpt_oss_layer(config: ModelConfig, index: int) -> Pairs:
    """gpt-oss: a sink for each head, and experts (stored in, out) with biases."""
    hidden, inner = config.hidden_size, config.expert_size
    bias = config.flag("attention_bias", True)
    yield "self_attn.sinks", (config.heads,)
    yield from attention(config, bias=bias, output_bias=bias)
    yield from linear("mlp.router", config.experts, hidden, bias=True)
    yield "mlp.experts.gate_up_proj", (config.experts, hidden, 2 * inner)
    yield "mlp.experts.gate_up_proj_bias", (config.experts, 2 * inner)
    yield "mlp.experts.down_proj", (config.experts, inner, hidden)
    yield "mlp.experts.down_proj_bias", (config.experts, hidden)
    yield from norms(config, *BOTH_NORMS)


def deepseek_layer(config: ModelConfig, index: int) -> Pairs:
    """DeepSeek 2 and 3, and GLM 4.7 Flash: latent attention (2405.04434), dense layers first, shared experts."""
    yield from _latent_attention(config)
    yield from _shared_mixture(config, index)
    yield from norms(config, *BOTH_NORMS)


def glm4_moe_layer(config: ModelConfig, index: int) -> Pairs:
    """GLM 4.5 and 4.6: grouped-query attention, dense layers first, a shared expert."""
    yield from attention(config, bias=config.flag("attention_bias"))
    if config.flag("use_qk_norm"):
        yield from head_norms(config)
    yield from _shared_mixture(config, index)
    yield from norms(config, *BOTH_NORMS)


def _latent_attention(config: ModelConfig) -> Pairs:
    hidden, bias = config.hidden_size, config.flag("attention_bias")
    without, rotary = config.number("qk_nope_head_dim", 128), config.number("qk_rope_head_dim", 64)
    values, latent = config.number("v_head_dim", 128), config.number("kv_lora_rank", 512)
    queries = config.heads * (without + rotary)
    rank = config.number("q_lora_rank")
    if rank:
        yield from linear("self_attn.q_a_proj", rank, hidden, bias=bias)
        yield "self_attn.q_a_layernorm.weight", (rank,)
        yield from linear("self_attn.q_b_proj", queries, rank)
    else:
        yield from linear("self_attn.q_proj", queries, hidden)
    yield from linear("self_attn.kv_a_proj_with_mqa", latent + rotary, hidden, bias=bias)
    yield "self_attn.kv_a_layernorm.weight", (latent,)
    yield from linear("self_attn.kv_b_proj", config.heads * (without + values), latent)
    yield from linear("self_attn.o_proj", hidden, config.heads * values, bias=bias)


def _shared_mixture(config: ModelConfig, index: int) -> Pairs:
    if index not in expert_layers(config):
        yield from gated_mlp(config)
        return
    yield from experts(config)
    yield from router(config)
    if config.shared_expert_size:
        yield from gated_mlp(config, inner=config.shared_expert_size, name="mlp.shared_experts")
