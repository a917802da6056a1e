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

    `quantizable`: bitsandbytes replaces it (the head and embeddings are not).
    """

    name: str
    group: ParameterGroup
    out_features: int
    in_features: int
    count: int
    bias: bool = False
    quantizable: bool = True


class ModelSpec(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes and facts of a model.

    Attributes:
        source: where it was read: `folder` or `hub`; `path` is the folder, or the hub id.
        architecture: `architectures[0]` of the configuration; `model_type` the configuration's.
        parameters: exact count, tied weights once; `parameters_by_group` adds up to it.
        counted_from: `headers` (exact), or `config` where a folder has no weights yet.
        linears: every kind of linear layer with its shape and count, for the estimate and the adapters.
        dtype: the stored weights' type, as safetensors names it (`BF16`), or empty.
        layers, hidden_size, intermediate_size, heads, kv_heads, head_dim, vocabulary: as in the configuration.
        tied: the head is the embedding's matrix.
        experts, experts_per_token: 0 for a dense model.
        context_length: longest sequence it was made for, in tokens.
        has_chat_template, licence, weights_bytes, has_weights: what lies beside the configuration.
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
    counted_from: Literal["headers", "config"]
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
    context_length: int = 0
    has_chat_template: bool = False
    licence: str = ""
    weights_bytes: int = 0
    has_weights: bool = True
    config: dict[str, Any] = {}
