"""How the weights are moved."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from core.settings.about import about
from core.settings.groups.memory import MemorySettings

_about = partial(about, group="optimiser")


class OptimiserSettings(MemorySettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of the group “optimiser”, after those of the groups before it."""

    optimizer: Annotated[
        Literal["adamw", "adamw_8bit", "paged_adamw_8bit"],
        _about(
            "Optimiser",
            "AdamW moves the weights. The 8-bit forms hold its two moments in a byte each; the paged form lets them "
            "spill into RAM.",
            "adamw: 8 bytes a trained parameter; 8-bit: 2.",
        ),
    ] = "adamw"
    learning_rate: Annotated[
        float,
        _about(
            "Learning rate",
            "How far each step moves the weights. Too high and the loss jumps, too low and nothing is learnt.",
            "None.",
            more=False,
            gt=0.0,
            le=1.0,
        ),
    ] = 2e-4
    loraplus_lr_ratio: Annotated[
        float,
        _about(
            "LoRA+ ratio",
            "How many times faster the adapter's second matrix, which starts at zero, learns than its first. 1 is "
            "plain LoRA; LoRA+ proposes 16, with a learning rate of about half.",
            "None.",
            ge=1.0,
            le=64.0,
        ),
    ] = 1.0
    lr_scheduler: Annotated[
        Literal["cosine", "linear", "constant"],
        _about("Schedule", "How the learning rate changes over the run, after the warm-up.", "None."),
    ] = "cosine"
    warmup_steps: Annotated[
        int,
        _about(
            "Warm-up",
            "Steps over which the learning rate rises from zero, so that the first steps do no harm.",
            "None.",
            unit="steps",
            ge=0,
            le=100_000,
        ),
    ] = 5
    weight_decay: Annotated[
        float,
        _about("Weight decay", "Pulls the adapter's weights towards zero.", "None.", ge=0.0, le=1.0),
    ] = 0.0
    max_grad_norm: Annotated[
        float,
        _about(
            "Gradient clipping",
            "Gradients longer than this are shortened to it, so that one odd row cannot spoil the run. 0 turns it off.",
            "None.",
            ge=0.0,
            le=1000.0,
        ),
    ] = 1.0
