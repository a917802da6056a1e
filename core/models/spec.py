"""ModelSpec: what a model is, from its `config.json` and its safetensors headers, never its weights."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

ParameterGroup = Literal[
    "embeddings", "head", "attention", "mlp", "experts", "shared_expert", "router", "norms", "vision", "other"
]


class LinearLayer(msgspec.Struct, frozen=True, kw_only=True):
    """`count` equal linear layers of one kind: `name` is the module's last name (`q_proj`), shape (out_features,
    in_features).

    `quantizable`: bitsandbytes replaces it (the head and embeddings are not). `adaptable`: an adapter can be put on it.
    """

    name: str
    group: ParameterGroup
    out_features: int
    in_features: int
    count: int
    bias: bool = False
    quantizable: bool = True
    adaptable: bool = True


class ModelSpec(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes and facts of a model.

    Attributes:
        source: where it was read: `folder` or `hub`; `path` is the folder, or the hub id.
        architecture: `architectures[0]` of the configuration; `model_type` the configuration's.
        parameters: exact count, tied weights once; `parameters_by_group` adds up to it.
        counted_from: `headers` (exact), `config` where there are no weights yet, or `build` where a worker built the
            model without weights and told its tensors.
        unused_parameters: how many of `parameters` stay on the disk when text is trained: towers that transformers
            does not load with the language model.
        uncertain: what is less sure than usual and why, in plain sentences; empty for a family known by heart.
        linears: every kind of linear layer with its shape and count, for the estimate and the adapters.
        dtype: the stored weights' type, as safetensors names it (`BF16`), or empty.
        layers, hidden_size, intermediate_size, heads, kv_heads, head_dim, vocabulary: as in the configuration.
        tied: the head is the embedding's matrix.
        experts, experts_per_token: of one layer; 0 for a dense model. `expert_size` is the width of one expert,
            `shared_expert_size` of the one that all tokens go through, `expert_layers` the layers that have experts.
        layer_types: each layer's kind of attention, in transformers' words (`full_attention`, `sliding_attention`,
            `chunked_attention`, `linear_attention`); `sliding_window` the tokens that the windowed ones see, else 0.
        global_head_dim: a head's width in the full layers, where it differs from `head_dim` (Gemma 4), else 0.
        parallel_attention: attention and MLP both work on the layer's input, one after the other otherwise.
        layer_norm: LayerNorm instead of RMSNorm; `head_norms`: there are norms on queries and keys.
        activation: of the MLP, as transformers names it.
        attention_softcap, logit_softcap: the caps of Gemma's tanh, 0 without one; `attention_sinks`: gpt-oss has them.
        context_length: longest sequence it was made for, in tokens.
        has_chat_template, licence, weights_bytes, has_weights: what lies beside the configuration.
        note: what a person must know before choosing it, of a model of the catalogue.
        config: the whole `config.json` as it was read, so that a worker can build the model without its files; left
            out of what `tunesmith fit --json` prints.
    """

    name: str
    source: Literal["starter", "folder", "hub"]
    path: str
    revision: str = ""
    architecture: str
    model_type: str
    parameters: int
    parameters_by_group: dict[str, int]
    trained_text_only: bool = False
    counted_from: Literal["headers", "config", "build"]
    unused_parameters: int = 0
    uncertain: list[str] = []
    linears: list[LinearLayer]
    dtype: str
    layers: int
    hidden_size: int
    intermediate_size: int
    heads: int
    kv_heads: int
    head_dim: int
    vocabulary: int
    tied: bool
    experts: int = 0
    experts_per_token: int = 0
    expert_size: int = 0
    shared_expert_size: int = 0
    expert_layers: int = 0
    layer_types: list[str] = []
    sliding_window: int = 0
    global_head_dim: int = 0
    parallel_attention: bool = False
    layer_norm: bool = False
    head_norms: bool = False
    activation: str = ""
    attention_softcap: float = 0.0
    logit_softcap: float = 0.0
    attention_sinks: bool = False
    context_length: int = 0
    has_chat_template: bool = False
    licence: str = ""
    weights_bytes: int = 0
    has_weights: bool = True
    note: str = ""
    config: dict[str, Any] = {}
