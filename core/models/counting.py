"""Counting a model by its tensors' names and shapes: parameters by group, and every kind of linear layer."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from core.models.config import ModelConfig
from core.models.headers import Tensors
from core.models.spec import LinearLayer, ParameterGroup

# The first pattern found in a tensor's name decides its group; the order matters (a norm inside attention is a norm).
GROUPS: tuple[tuple[ParameterGroup, re.Pattern[str]], ...] = (
    ("vision", re.compile(r"vision|visual|image_newline|multi_modal|mm_projector|audio")),
    ("head", re.compile(r"(^|\.)(lm_head|embed_out|output)\.(weight|bias)$")),
    (
        "embeddings",
        re.compile(r"embed_tokens|(^|\.)(wte|wpe)\.|word_embeddings|tok_embeddings|embed_in|embed_positions"),
    ),
    ("shared_expert", re.compile(r"shared_expert")),
    ("experts", re.compile(r"\.experts\.")),
    ("router", re.compile(r"\.router\.|(mlp|moe|feed_forward)\.gate\.|e_score_correction_bias")),
    ("norms", re.compile(r"norm|\.ln_|(^|\.)ln_f")),
    ("attention", re.compile(r"attn|attention")),
    ("mlp", re.compile(r"mlp|feed_forward|ffn|fc1|fc2")),
)
# What checkpoints store and transformers computes, keeps as a buffer or leaves out (layers that guess more tokens at
# once): no parameters.
BUFFERS = re.compile(
    r"rotary_emb\.inv_freq$|\.masked_bias$|^(transformer\.)?h\.\d+\.attn\.bias$|\.attention\.bias$|\.layer_scalar$"
    r"|\.(in|out)put_(min|max)$|(^|\.)mtp\."
)
LAYER = re.compile(r"(^|\.)(layers|h|blocks|block)\.\d+\.")
NUMBER = re.compile(r"\.\d+\.")
LAYER_NUMBER = re.compile(r"^(?:(?:model|transformer|gpt_neox|language_model)\.)*(?:layers|h)\.(\d+)\.")
SHARED = re.compile(r"\.self_attn\.([kv]_proj|[kv]_norm)\.")
TRANSPOSED = {"gpt2"}  # stores (in, out): transformers' Conv1D
TRANSPOSED_EXPERTS = {"llama4_text", "gpt_oss"}
# Multimodal models whose language model transformers loads alone (`AutoModelForCausalLM`, 5.24), and those that it
# loads with their towers, whose linear layers are quantised too.
TEXT_ALONE = {"llama4", "qwen3_5", "qwen3_5_moe"}
WITH_TOWERS = {"gemma3", "gemma4", "gemma4_unified", "mistral3"}
TABLE = re.compile(r"position_embedding\.weight$")
NOT_ADAPTED = {"head", "experts", "router", "vision"}
# Of these families PEFT 0.21 takes a target of such a name for all experts, also where shared or dense layers have it
TAKEN_FOR_EXPERTS = {"deepseek_v2", "deepseek_v3", "glm4_moe", "glm4_moe_lite", "olmoe", "qwen3_moe", "qwen3_next"}
EXPERTS_NAMES = {"gate_proj", "up_proj", "down_proj"}
LINEAR_ROUTERS = {"gemma4_text"}  # an `nn.Linear` like any other, so bitsandbytes replaces it


class _Kind(NamedTuple):
    """What a tensor's name says, its layer's and expert's numbers aside."""

    group: ParameterGroup
    is_buffer: bool
    in_layer: bool
    module: str


@cache
def _kind_of(unnumbered: str) -> _Kind:
    found: Iterator[ParameterGroup] = (group for group, pattern in GROUPS if pattern.search(unnumbered))
    group: ParameterGroup = next(found, "other")
    module = unnumbered.removesuffix(".weight").rsplit(".", 1)[-1]
    return _Kind(group, bool(BUFFERS.search(unnumbered)), bool(LAYER.search(unnumbered)), module)


def _kind(name: str) -> _Kind:
    return _kind_of(NUMBER.sub(".0.", name))


def group_of(name: str) -> ParameterGroup:
    """The group that the tensor called `name` counts towards."""
    return _kind(name).group


Parameter = tuple[str, tuple[int, ...], _Kind]
"""Name, shape and what the name says."""


def parameters(tensors: Tensors, config: ModelConfig) -> Iterator[Parameter]:
    """Each tensor that is a parameter; the head of a tied model is not one more."""
    for name, (_, shape) in tensors.items():
        kind = _kind(name)
        tied_head = kind.group == "head" and config.tied and name.endswith("weight")
        if not kind.is_buffer and not tied_head and not _is_left_out(name, config):
            yield name, shape, kind


def _is_left_out(name: str, config: ModelConfig) -> bool:
    """Whether a checkpoint's tensor is loaded by nobody: layers past the last (DeepSeek 3, GLM 4.5: they guess a second
    token), and Gemma 4's projections in layers that use an earlier one's keys and values."""
    found = LAYER_NUMBER.match(name)
    if found is None:
        return False
    shared = config.number("num_kv_shared_layers") if config.model_type.startswith("gemma4") else 0
    own = config.layers - shared
    return int(found[1]) >= (own if SHARED.search(name) else config.layers)


def count_by_group(found: Iterable[Parameter]) -> dict[str, int]:
    """Parameters of each group that the model has; they add up to the model's exact count."""
    counts: Counter[str] = Counter()
    for _, shape, kind in found:
        counts[kind.group] += math.prod(shape)
    return dict(counts)


def find_linears(found: Iterable[Parameter], tensors: Tensors, config: ModelConfig) -> list[LinearLayer]:
    """Every kind of linear layer that is loaded for training, equal ones counted together; `tensors` tell of biases.

    Routers and experts are listed, but neither quantised nor adapted: transformers 5 holds the experts of a layer as
    one parameter of three dimensions, (experts, out, in), and routers as classes of their own. Towers are quantised
    where they are loaded, and never adapted.
    """
    kinds: Counter[tuple[str, ParameterGroup, int, int, bool]] = Counter()
    for name, shape, kind in found:
        group = kind.group
        if group == "head" and len(shape) == 2:
            kinds[("lm_head", group, shape[0], shape[1], False)] += 1
        if not _may_be_linear(name, kind, config):
            continue
        rows, columns = shape[-2:] if len(shape) > 1 else (0, 0)
        if len(shape) == 2 and name.endswith(".weight"):
            if config.model_type in TRANSPOSED:
                rows, columns = columns, rows
            kinds[(kind.module, group, rows, columns, f"{name.removesuffix('.weight')}.bias" in tensors)] += 1
        elif len(shape) == 3 and group == "experts":
            if config.model_type in TRANSPOSED_EXPERTS:
                rows, columns = columns, rows
            kinds[(kind.module, group, rows, columns, False)] += shape[0]
    return [
        LinearLayer(
            name=name,
            group=group,
            out_features=out,
            in_features=inside,
            count=count,
            bias=bias,
            quantizable=_is_replaced(group, config),
            adaptable=_is_adapted(name, group, config),
        )
        for (name, group, out, inside, bias), count in kinds.items()
    ]


def _may_be_linear(name: str, kind: _Kind, config: ModelConfig) -> bool:
    if kind.group == "vision":
        return config.outer_type in WITH_TOWERS and not TABLE.search(name)
    return kind.group not in ("head", "norms", "embeddings") and (kind.in_layer or kind.module.endswith("projection"))


def _is_replaced(group: ParameterGroup, config: ModelConfig) -> bool:
    if group == "router":
        return config.model_type in LINEAR_ROUTERS
    return group not in ("head", "experts")


def _is_adapted(name: str, group: ParameterGroup, config: ModelConfig) -> bool:
    return group not in NOT_ADAPTED and not (config.model_type in TAKEN_FOR_EXPERTS and name in EXPERTS_NAMES)


def stored_type(tensors: Tensors) -> str:
    """The type that most of the stored weights have (`BF16`), or nothing."""
    bytes_by_type: Counter[str] = Counter()
    for dtype, shape in tensors.values():
        bytes_by_type[dtype] += math.prod(shape)
    return bytes_by_type.most_common(1)[0][0] if bytes_by_type else ""
