"""GPT-2, GPT-NeoX, Falcon, Phi 2 and StarCoder 2: LayerNorm, and an MLP without a gate."""

from __future__ import annotations

from core.models.config import ModelConfig
from core.models.families.family import Pairs
from core.models.families.parts import attention, linear, norms, plain_mlp


def gpt2_layer(config: ModelConfig, index: int) -> Pairs:
    """GPT-2; its matrices are stored (in, out)."""
    hidden, inner = config.hidden_size, config.intermediate_size
    yield from norms(config, "ln_1", "ln_2", bias=True)
    for name, inside, out in (
        ("attn.c_attn", hidden, 3 * hidden),
        ("attn.c_proj", hidden, hidden),
        ("mlp.c_fc", hidden, inner),
        ("mlp.c_proj", inner, hidden),
    ):
        yield f"{name}.weight", (inside, out)
        yield f"{name}.bias", (out,)


def gpt2_around(config: ModelConfig) -> Pairs:
    """Tokens and places."""
    yield "wte.weight", (config.vocabulary, config.hidden_size)
    yield "wpe.weight", (config.context_length or 1024, config.hidden_size)
    yield from norms(config, "ln_f", bias=True)


def gpt_neox_layer(config: ModelConfig, index: int) -> Pairs:
    """GPT-NeoX and Pythia: attention beside the MLP."""
    bias = config.flag("attention_bias", True)
    yield from norms(config, "input_layernorm", "post_attention_layernorm", bias=True)
    yield from linear("attention.query_key_value", 3 * config.hidden_size, config.hidden_size, bias=bias)
    yield from linear("attention.dense", config.hidden_size, config.hidden_size, bias=bias)
    yield from plain_mlp(config, "dense_h_to_4h", "dense_4h_to_h")


def gpt_neox_around(config: ModelConfig) -> Pairs:
    """An embedding, and a norm with a bias."""
    yield "embed_in.weight", (config.vocabulary, config.hidden_size)
    yield from norms(config, "final_layer_norm", bias=True)


def falcon_layer(config: ModelConfig, index: int) -> Pairs:
    """Falcon: queries, keys and values in one matrix. The new layout (40B) has a norm each for attention and MLP."""
    hidden, width = config.hidden_size, config.head_dim
    bias = config.flag("bias")
    yield from linear("self_attention.query_key_value", (config.heads + 2 * config.kv_heads) * width, hidden, bias=bias)
    yield from linear("self_attention.dense", hidden, hidden, bias=bias)
    yield from plain_mlp(config, "dense_h_to_4h", "dense_4h_to_h", bias=bias)
    if config.flag("new_decoder_architecture") and config.number("num_ln_in_parallel_attn", 2) == 2:
        yield from norms(config, "ln_attn", "ln_mlp", bias=True)
    else:
        yield from norms(config, "input_layernorm", bias=True)
        if not config.flag("parallel_attn", True) and not config.flag("new_decoder_architecture"):
            yield from norms(config, "post_attention_layernorm", bias=True)


def falcon_around(config: ModelConfig) -> Pairs:
    """An embedding, and a norm with a bias."""
    yield "word_embeddings.weight", (config.vocabulary, config.hidden_size)
    yield from norms(config, "ln_f", bias=True)


def phi_layer(config: ModelConfig, index: int) -> Pairs:
    """Phi 1 and 2: one norm, and attention beside the MLP."""
    yield from attention(config, bias=True, output_bias=True, output="dense")
    yield from plain_mlp(config, "fc1", "fc2")
    yield from norms(config, "input_layernorm", bias=True)


def phi_around(config: ModelConfig) -> Pairs:
    """An embedding, and a norm with a bias."""
    yield "embed_tokens.weight", (config.vocabulary, config.hidden_size)
    yield from norms(config, "final_layernorm", bias=True)


def starcoder2_layer(config: ModelConfig, index: int) -> Pairs:
    """StarCoder 2."""
    bias = config.flag("use_bias", True)
    yield from attention(config, bias=bias, output_bias=bias)
    yield from plain_mlp(config, "c_fc", "c_proj", bias=bias)
    yield from norms(config, "input_layernorm", "post_attention_layernorm", bias=True)


def starcoder2_around(config: ModelConfig) -> Pairs:
    """An embedding, and a norm with a bias."""
    yield "embed_tokens.weight", (config.vocabulary, config.hidden_size)
    yield from norms(config, "norm", bias=True)
