"""Llama and those that are built like it."""

from __future__ import annotations

from core.models.config import ModelConfig
from core.models.families.family import Pairs
from core.models.families.parts import (
    attention,
    experts,
    gated_mlp,
    head_norms,
    linear,
    merged_mlp,
    norms,
    plain_mlp,
    router,
)

BOTH_NORMS = ("input_layernorm", "post_attention_layernorm")
LATER_NORMS = ("post_attention_layernorm", "post_feedforward_layernorm")


def llama_layer(config: ModelConfig, index: int) -> Pairs:
    """Llama; also Mistral, SmolLM 3 and Granite, which differ in what has no weights."""
    bias = config.flag("attention_bias")
    yield from attention(config, bias=bias, output_bias=bias)
    yield from gated_mlp(config, bias=config.flag("mlp_bias"))
    yield from norms(config, *BOTH_NORMS)


def ernie_layer(config: ModelConfig, index: int) -> Pairs:
    """ERNIE 4.5: one word for every bias."""
    bias = config.flag("use_bias")
    yield from attention(config, bias=bias, output_bias=bias)
    yield from gated_mlp(config, bias=bias)
    yield from norms(config, *BOTH_NORMS)


def seed_layer(config: ModelConfig, index: int) -> Pairs:
    """Seed-OSS: the output's bias is a word of its own."""
    yield from attention(
        config, bias=config.flag("attention_bias", True), output_bias=config.flag("attention_out_bias")
    )
    yield from gated_mlp(config, bias=config.flag("mlp_bias"))
    yield from norms(config, *BOTH_NORMS)


def olmo2_layer(config: ModelConfig, index: int) -> Pairs:
    """OLMo 2 and 3: norms after each part, and on all queries and all keys."""
    bias = config.flag("attention_bias")
    yield from attention(config, bias=bias, output_bias=bias)
    yield from head_norms(config, width=config.heads * config.head_dim, keys_width=config.kv_heads * config.head_dim)
    yield from gated_mlp(config)
    yield from norms(config, *LATER_NORMS)


def exaone4_layer(config: ModelConfig, index: int) -> Pairs:
    """EXAONE 4: norms after each part, and on each head's queries and keys."""
    yield from attention(config)
    yield from head_norms(config)
    yield from gated_mlp(config)
    yield from norms(config, *LATER_NORMS)


def olmoe_layer(config: ModelConfig, index: int) -> Pairs:
    """OLMoE: a mixture in every layer."""
    bias = config.flag("attention_bias")
    yield from attention(config, bias=bias, output_bias=bias)
    yield from head_norms(config, width=config.heads * config.head_dim, keys_width=config.kv_heads * config.head_dim)
    yield from router(config)
    yield from experts(config)
    yield from norms(config, *BOTH_NORMS)


def mixtral_layer(config: ModelConfig, index: int) -> Pairs:
    """Mixtral: as Mistral, with experts for the MLP."""
    yield from attention(config)
    yield from router(config)
    yield from experts(config)
    yield from norms(config, *BOTH_NORMS)


def granitemoe_layer(config: ModelConfig, index: int) -> Pairs:
    """Granite 3's mixtures."""
    bias = config.flag("attention_bias")
    yield from attention(config, bias=bias, output_bias=bias)
    yield from router(config, "block_sparse_moe.router")
    yield from experts(config, "block_sparse_moe")
    yield from norms(config, *BOTH_NORMS)


def phi3_layer(config: ModelConfig, index: int) -> Pairs:
    """Phi 3 and 4: queries, keys and values in one matrix, gate and up in another."""
    hidden, queries = config.hidden_size, config.heads * config.head_dim
    yield from linear("self_attn.qkv_proj", queries + 2 * config.kv_heads * config.head_dim, hidden)
    yield from linear("self_attn.o_proj", hidden, queries)
    yield from merged_mlp(config)
    yield from norms(config, *BOTH_NORMS)


def glm_layer(config: ModelConfig, index: int) -> Pairs:
    """GLM-4 of 2024."""
    yield from attention(config, bias=config.flag("attention_bias", True))
    yield from merged_mlp(config)
    yield from norms(config, *BOTH_NORMS)


def glm4_layer(config: ModelConfig, index: int) -> Pairs:
    """GLM-4 of 2025 (0414): a norm after each part too."""
    yield from glm_layer(config, index)
    yield from norms(config, "post_self_attn_layernorm", "post_mlp_layernorm")


def cohere_layer(config: ModelConfig, index: int) -> Pairs:
    """Command R: one norm, and attention beside the MLP."""
    bias = config.flag("attention_bias")
    yield from attention(config, bias=bias, output_bias=bias)
    if config.flag("use_qk_norm"):
        yield "self_attn.q_norm.weight", (config.heads, config.head_dim)
        yield "self_attn.k_norm.weight", (config.kv_heads, config.head_dim)
    yield from gated_mlp(config)
    yield from norms(config, "input_layernorm")


def stablelm_layer(config: ModelConfig, index: int) -> Pairs:
    """StableLM 2, the 1.6B: as Llama, with LayerNorm."""
    yield from attention(config, bias=config.flag("use_qkv_bias"))
    yield from gated_mlp(config)
    yield from norms(config, *BOTH_NORMS, bias=True)


def stablelm_around(config: ModelConfig) -> Pairs:
    """As Llama, with a bias on the last norm."""
    yield "embed_tokens.weight", (config.vocabulary, config.hidden_size)
    yield from norms(config, "norm", bias=True)


def nemotron_layer(config: ModelConfig, index: int) -> Pairs:
    """Nemotron and Minitron 4: LayerNorm, and an MLP without a gate."""
    bias = config.flag("attention_bias")
    yield from attention(config, bias=bias, output_bias=bias)
    yield from plain_mlp(config, "up_proj", "down_proj", bias=config.flag("mlp_bias"))
    yield from norms(config, *BOTH_NORMS, bias=True)
