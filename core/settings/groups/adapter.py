"""The adapter: what is trained."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from core.settings.about import about
from core.settings.groups.model import ModelSettings

_about = partial(about, group="adapter")


class AdapterSettings(ModelSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of the group “adapter”, after those of the groups before it."""

    adapter_dtype: Annotated[
        Literal["fp32", "bf16"],
        _about(
            "Adapter precision",
            "The number format of the LoRA weights that are trained. fp32 is the safe choice.",
            "bf16 halves adapter, gradients and optimiser states, which are small next to the base.",
        ),
    ] = "fp32"
    lora_rank: Annotated[
        int,
        _about(
            "LoRA rank",
            "How many directions each adapted layer may change in. More can learn more and overfit more.",
            "Adapter, gradients and optimiser grow in proportion: on an 8B model, rank 16 costs about 0.7 GiB in fp32.",
            more=False,
            ge=1,
            le=1024,
        ),
    ] = 16
    lora_alpha: Annotated[
        int,
        _about(
            "LoRA alpha",
            "The strength of the adapter: its output is scaled by alpha over rank. Twice the rank is a common choice.",
            "None.",
            ge=1,
            le=4096,
        ),
    ] = 32
    lora_dropout: Annotated[
        float,
        _about(
            "LoRA dropout",
            "The share of the adapter's inputs dropped at random in training; a brake on overfitting for small data "
            "sets.",
            "Above 0, one mask a layer is kept until the backward pass.",
            ge=0.0,
            lt=1.0,
        ),
    ] = 0.0
    lora_targets: Annotated[
        str,
        _about(
            "LoRA targets",
            "Which layers get an adapter: all-linear, or module names with commas between (q_proj,v_proj).",
            "Fewer layers, less adapter memory; the base stays.",
            min_length=1,
        ),
    ] = "all-linear"
    lora_init: Annotated[
        Literal["default", "pissa", "loftq"],
        _about(
            "LoRA start",
            "The adapter's first values. default: no change at all. pissa: the base's own strongest directions, which "
            "learns faster; it needs weights that are not quantised. loftq: what NF4 lost in rounding, which is put "
            "back; it needs NF4.",
            "None while it trains; pissa doubles the rank of the adapter that is written at the end.",
        ),
    ] = "default"
    use_rslora: Annotated[
        bool,
        _about(
            "Rank-stabilised LoRA",
            "Scales the adapter by alpha over the square root of the rank, so that large ranks learn as they should. "
            "Worth it from about rank 64; with it, choose a smaller alpha.",
            "None.",
        ),
    ] = False
    use_dora: Annotated[
        bool,
        _about(
            "DoRA",
            "Trains the length of each weight apart from its direction. Sometimes a little better at small ranks, and "
            "much slower.",
            "A copy of each adapted weight in 16 bits while its layer works, and more to keep for the backward pass.",
        ),
    ] = False
