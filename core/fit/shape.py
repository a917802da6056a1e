"""What the formulas need of a model and its settings, worked out once for an estimate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from core.models.spec import LinearLayer, ModelSpec
from core.settings import TrainingSettings

ELEMENT_BYTES = {"bf16": 2, "fp16": 2, "fp32": 4}
ALL_LINEAR = "all-linear"
OUTPUT_PROJECTIONS = {
    "o_proj",
    "out_proj",
    "dense",
    "c_proj",
    "wo",
}  # attention's last layer, whatever a family calls it
ONE_NORM = 2  # vectors: a LayerNorm's weight and bias
WINDOWED = ("sliding_attention", "chunked_attention")
LAST_OF_MLP = ("down_proj", "fc2", "dense_4h_to_h", "c_proj")
EVERY_EXPERT = {"llama4_text"}  # each token goes through all experts of a layer at once (transformers 5.24)
FROM_LATENTS = ("q_b_proj", "kv_b_proj")  # queries, and keys and values, from their latents
REPEATED_KEYS = {"falcon"}  # for every head, before they are handed to PyTorch's kernels
Places = tuple[tuple[int, int], ...]
"""(how often, how wide) of inputs."""


@dataclass(frozen=True)
class Shape:
    """Sizes of one training step.

    Attributes:
        tokens: of one micro-batch, every row at its longest. span: how many of them one row of a table of scores, or
            of a mask, has: a row's, or those of all rows joined.
        element_bytes: of one number in the compute type, `adapter_bytes` of one in the adapter's; `wide_bytes` of one
            that comes out of a linear layer, `state_bytes` of one that goes from layer to layer: LayerNorm's output is
            float32 under CUDA's autocast, and bitsandbytes' layers answer in the type that they are asked in.
        adapted: the kinds of linear layers that get an adapter.
        adapter_parameters: trained parameters, rank × (in + out) of each adapted layer (Hu et al., LoRA, 2106.09685),
            and DoRA's magnitudes, one for each output (Liu et al., 2402.09353).
        input_places, quantised_places: inputs that adapted, or quantised, layers share, of all layers together.
        casts_inputs: peft casts an adapted layer's input to the adapter's fp32, and autocast casts it back (peft 0.21
            `lora/layer.py`).
        copies_inputs: each adapted layer keeps an input of its own: for that reason, or because what comes from a
            LayerNorm is in float32.
        is_eager: attention is computed step by step, by choice or because PyTorch's kernels cannot cap scores or add
            sinks to them (transformers 5.24, `_supports_sdpa`).
        masked_layers: how many layers attend with a mask; `windowed_layers` those whose window is in use. None where
            rows are joined: PyTorch's kernel for rows of varying lengths knows where they end and how far back to look.
        queries, keys: their widths; `linear_layers` attend linearly, `linear_values` is the width of their values.
        beside_values: numbers of the table that values are part of and keep alive: queries and keys (Phi 3 and 4), or
            keys without their positions (latent attention, DeepSeek-V2, 2405.04434); `latents` are normed in that one.
        borrowing_layers: how many, the last ones, use keys and values of earlier layers (Gemma 4's small ones).
        mlps: how many layers have a dense feed-forward part, and how wide it is; `widest_mlp` the widest.
        gated: the MLP multiplies two products; `adapts_last`: its last matrix has an adapter.
    """

    spec: ModelSpec
    settings: TrainingSettings
    is_gpu: bool
    tokens: int
    span: int
    element_bytes: int
    adapter_bytes: int
    wide_bytes: int
    state_bytes: int
    adapted: tuple[LinearLayer, ...]
    adapter_parameters: int
    input_places: Places
    quantised_places: Places
    copies_inputs: bool
    casts_inputs: bool
    is_padded: bool
    is_eager: bool
    masked_layers: int
    windowed_layers: int
    queries: int
    keys: int
    beside_values: int
    latents: int
    linear_layers: int
    linear_values: int
    borrowing_layers: int
    mlps: Places
    gated: bool
    adapts_last: bool

    @property
    def mixed(self) -> bool:
        """Whether calculations are in 16 bits, under autocast."""
        return self.element_bytes == 2

    @property
    def is_int8(self) -> bool:
        """Whether linear layers are held in 8 bits."""
        return self.settings.quantization == "int8"

    @property
    def widest_mlp(self) -> int:
        """The width of the widest dense feed-forward part, 0 where there is none."""
        return max((width for _, width in self.mlps), default=0)

    @property
    def mixes_beside_mlp(self) -> bool:
        """Whether layers have experts and a dense part (Gemma 4)."""
        return sum(count for count, _ in self.mlps) + self.spec.expert_layers > self.spec.layers

    @property
    def experts_at_once(self) -> int:
        """The experts of a layer that a token goes through."""
        return self.spec.experts if self.spec.model_type in EVERY_EXPERT else self.spec.experts_per_token


def shape_of(spec: ModelSpec, settings: TrainingSettings, *, is_gpu: bool) -> Shape:
    """The sizes of one training step of `spec` under `settings`."""
    adapted = adapted_layers(spec, settings.lora_targets)
    element = ELEMENT_BYTES[settings.compute_dtype]
    adapter = ELEMENT_BYTES[settings.adapter_dtype]
    norm_in_float32 = spec.layer_norm and not is_cohere(spec)  # whose own LayerNorm casts back
    wide = 4 if norm_in_float32 and settings.quantization != "none" else element
    casts = element == 2 and settings.quantization == "none" and adapter == 4
    tokens, joins = settings.per_device_batch_size * settings.max_seq_length, settings.packing or settings.padding_free
    eager = _is_eager(spec, settings)
    joined = joins and not eager
    padded = settings.per_device_batch_size > 1 and not joins
    windowed = 0
    if spec.sliding_window and settings.max_seq_length >= spec.sliding_window and not joined:
        windowed = sum(1 for kind in spec.layer_types if kind in WINDOWED)
    if joined and spec.sliding_window and tokens >= spec.sliding_window:  # chunks are masked, over the rows' ends too
        windowed = spec.layer_types.count("chunked_attention")
    heads_of_keys = spec.heads if spec.model_type in REPEATED_KEYS else spec.kv_heads
    mlp = [kind for kind in spec.linears if kind.group in ("mlp", "shared_expert")]
    return Shape(
        spec=spec,
        settings=settings,
        is_gpu=is_gpu,
        tokens=tokens,
        span=tokens if joins else settings.max_seq_length,
        element_bytes=element,
        adapter_bytes=adapter,
        wide_bytes=wide,
        state_bytes=wide,
        adapted=adapted,
        adapter_parameters=sum(kind.count * _adapter_numbers(kind, settings) for kind in adapted),
        input_places=_places(adapted, spec),
        quantised_places=_places((k for k in spec.linears if k.quantizable and k.group != "vision"), spec),
        copies_inputs=casts or (element == 2 and norm_in_float32),
        casts_inputs=casts,
        is_padded=padded,
        is_eager=eager,
        masked_layers=spec.layers if padded else windowed,
        windowed_layers=windowed,
        queries=spec.heads * spec.head_dim,
        keys=heads_of_keys * spec.head_dim,
        beside_values=_beside_values(spec),
        latents=sum(
            kind.in_features for kind in spec.linears if kind.name in FROM_LATENTS and kind.count == spec.layers
        ),
        linear_layers=spec.layer_types.count("linear_attention"),
        linear_values=_linear_values(spec),
        borrowing_layers=int(text_of(spec).get("num_kv_shared_layers") or 0),
        mlps=_mlps(spec),
        gated=any("gate" in kind.name for kind in mlp),
        adapts_last=any(kind.name in LAST_OF_MLP and kind.group != "attention" for kind in adapted),
    )


def _adapter_numbers(kind: LinearLayer, settings: TrainingSettings) -> int:
    magnitudes = kind.out_features if settings.use_dora else 0
    return settings.lora_rank * (kind.in_features + kind.out_features) + magnitudes


def _is_eager(spec: ModelSpec, settings: TrainingSettings) -> bool:
    no_kernel = spec.attention_softcap > 0 or spec.attention_sinks
    return settings.attention == "eager" or (settings.attention == "sdpa" and no_kernel)


def _beside_values(spec: ModelSpec) -> int:
    width = spec.heads * spec.head_dim
    for kind in spec.linears:
        if kind.name == "qkv_proj":
            return width + spec.kv_heads * spec.head_dim
        if kind.name == "kv_b_proj":
            return kind.out_features - next(k.in_features for k in spec.linears if is_last_of_attention(k))
    return 0


def _mlps(spec: ModelSpec) -> Places:
    """As the names of their last matrices tell; where they do not, every layer without experts."""
    found = tuple((k.count, k.in_features) for k in spec.linears if k.group == "mlp" and k.name in LAST_OF_MLP)
    dense = spec.layers - spec.expert_layers
    return found or (((dense, spec.intermediate_size),) if dense else ())


def text_of(spec: ModelSpec) -> dict[str, Any]:
    """The part of the config that the language model is described by."""
    text: dict[str, Any] = spec.config.get("text_config") or spec.config
    return text


def _linear_values(spec: ModelSpec) -> int:
    text = text_of(spec)
    return int(text.get("linear_num_value_heads") or 0) * int(text.get("linear_value_head_dim") or 0)


def _places(kinds: Iterable[LinearLayer], spec: ModelSpec) -> Places:
    """Inputs that several layers share count once; attention's output is kept by attention itself."""
    one_norm = spec.parallel_attention and norms_a_layer(spec) <= ONE_NORM
    places: dict[tuple[str, bool, int], int] = {}
    for kind in kinds:
        if is_last_of_attention(kind):
            continue
        place = ("" if one_norm else kind.group, kind.name in LAST_OF_MLP, kind.in_features)
        places[place] = max(places.get(place, 0), kind.count)
    return tuple((count, width) for (_, _, width), count in places.items())


def is_last_of_attention(kind: LinearLayer) -> bool:
    """Whether attention's output goes into `kind`."""
    return kind.group == "attention" and (kind.name in OUTPUT_PROJECTIONS or kind.name in LAST_OF_MLP)


def norms_a_layer(spec: ModelSpec) -> int:
    """How many vectors of the whole width a layer's norms have."""
    return norm_numbers(spec) // spec.hidden_size


def norm_numbers(spec: ModelSpec) -> int:
    """How many parameters a layer's norms have, those on heads too."""
    return max(0, spec.parameters_by_group.get("norms", 0) - spec.hidden_size) // spec.layers


def is_cohere(spec: ModelSpec) -> bool:
    """Whether it is of Cohere's families, which write their LayerNorm out and scale their logits."""
    return spec.model_type.startswith("cohere")


def adapted_layers(spec: ModelSpec, targets: str) -> tuple[LinearLayer, ...]:
    """The layers that an adapter is put on: all linear ones, or those named; never the head, a router or an expert."""
    usable = tuple(kind for kind in spec.linears if kind.adaptable)
    if targets.strip() == ALL_LINEAR:
        return usable
    names = {name.strip().rpartition(".")[2] for name in targets.split(",")}
    return tuple(kind for kind in usable if kind.name in names)
