"""The parts that layers of many families are made of."""

from __future__ import annotations

from core.models.config import ModelConfig
from core.models.families.family import Pairs


def linear(name: str, rows: int, columns: int, *, bias: bool = False) -> Pairs:
    """One linear layer, `rows` out of `columns`."""
    yield f"{name}.weight", (rows, columns)
    if bias:
        yield f"{name}.bias", (rows,)


def attention(
    config: ModelConfig,
    *,
    bias: bool = False,
    output_bias: bool = False,
    output: str = "o_proj",
    gated: bool = False,
) -> Pairs:
    """Queries, keys, values and output of grouped-query attention; `gated`: queries bring a gate as wide as they."""
    hidden, queries, keys = config.hidden_size, config.heads * config.head_dim, config.kv_heads * config.head_dim
    yield from linear("self_attn.q_proj", queries * (2 if gated else 1), hidden, bias=bias)
    yield from linear("self_attn.k_proj", keys, hidden, bias=bias)
    yield from linear("self_attn.v_proj", keys, hidden, bias=bias)
    yield from linear(f"self_attn.{output}", hidden, queries, bias=output_bias)


def head_norms(config: ModelConfig, *, width: int = 0, keys_width: int = 0) -> Pairs:
    """A norm on queries and one on keys: of one head, or of `width` and `keys_width`."""
    yield "self_attn.q_norm.weight", (width or config.head_dim,)
    yield "self_attn.k_norm.weight", (keys_width or width or config.head_dim,)


def gated_mlp(config: ModelConfig, *, inner: int = 0, name: str = "mlp", bias: bool = False) -> Pairs:
    """Gate, up and down (Shazeer, "GLU Variants Improve Transformer", 2002.05202)."""
    hidden, inner = config.hidden_size, inner or config.intermediate_size
    yield from linear(f"{name}.gate_proj", inner, hidden, bias=bias)
    yield from linear(f"{name}.up_proj", inner, hidden, bias=bias)
    yield from linear(f"{name}.down_proj", hidden, inner, bias=bias)


def merged_mlp(config: ModelConfig) -> Pairs:
    """Gate and up in one matrix, and down."""
    yield from linear("mlp.gate_up_proj", 2 * config.intermediate_size, config.hidden_size)
    yield from linear("mlp.down_proj", config.hidden_size, config.intermediate_size)


def plain_mlp(config: ModelConfig, up: str, down: str, *, bias: bool = True) -> Pairs:
    """Two matrices without a gate."""
    yield from linear(f"mlp.{up}", config.intermediate_size, config.hidden_size, bias=bias)
    yield from linear(f"mlp.{down}", config.hidden_size, config.intermediate_size, bias=bias)


def norms(config: ModelConfig, *names: str, bias: bool = False) -> Pairs:
    """Norms of the hidden states' width."""
    for name in names:
        yield f"{name}.weight", (config.hidden_size,)
        if bias:
            yield f"{name}.bias", (config.hidden_size,)


def experts(config: ModelConfig, name: str = "mlp") -> Pairs:
    """The experts of one layer as transformers 5 holds them: two parameters, (experts, out, in)."""
    hidden, inner = config.hidden_size, config.expert_size
    yield f"{name}.experts.gate_up_proj", (config.experts, 2 * inner, hidden)
    yield f"{name}.experts.down_proj", (config.experts, hidden, inner)


def router(config: ModelConfig, name: str = "mlp.gate") -> Pairs:
    """What sends each token to its experts."""
    yield f"{name}.weight", (config.experts, config.hidden_size)
