"""What an allocator holds beyond what is allocated, in bytes."""

from __future__ import annotations

from core.fit.shape import Shape
from core.fit.terms.layers import WRITTEN_OUT
from core.fit.terms.workspace import unpacked_bytes

MIB = 2**20
# Fitted to replays of rehearsed steps through the allocator's rules, expandable segments on; what remains is told by
# tests/benchmarks/fit_accuracy.py.
CARD_FIXED_BYTES = 80 * MIB
UNPACKED_SHARE = 0.3
# LLM.int8() under checkpointing keeps tables that lie between those that come and go.
INT8_SHARE = {True: 0.01, False: 0.1}  # whether gradients stand before the backward pass
# The C library keeps more of what was freed: resident peaks of real runs of 3M and 37M models on Linux, less the rest.
RAM_SHARE = {False: 0.35, True: 0.85}
RAM_FIXED_BYTES = 20 * MIB


def card_reserve_bytes(shape: Shape, moving_bytes: int) -> int:
    """Gaps that no request fits: about one of the widest tables of the feed-forward part and a share of the largest
    unpacked weight. With the full loss also where the table of logits in 16 bits stood, which is gone before the tables
    in float32 are made, and too small for any of them."""
    settings = shape.settings
    hole = shape.tokens * shape.spec.vocabulary * shape.element_bytes if settings.loss == "full" else 0
    share = 0.0
    if shape.is_int8 and settings.gradient_checkpointing:
        share = INT8_SHARE[settings.gradient_accumulation_steps > 1]
    if shape.is_eager and settings.gradient_checkpointing:
        hole += (
            2
            * shape.tokens
            * shape.element_bytes
            * shape.spec.heads
            * settings.max_seq_length
            * shape.spec.attention_sinks
        )
    gaps = widest_table_bytes(shape) + int(UNPACKED_SHARE * unpacked_bytes(shape) + share * moving_bytes)
    return hole + gaps + CARD_FIXED_BYTES


def widest_table_bytes(shape: Shape) -> int:
    """One table of the feed-forward part, of the kind of layer whose table is wider."""
    spec = shape.spec
    dense = spec.intermediate_size if spec.expert_layers < spec.layers else 0
    dense *= 3 if spec.activation in WRITTEN_OUT else 1  # whose tables come and go together
    routed = shape.experts_at_once * spec.expert_size if spec.expert_layers else 0
    return shape.tokens * max(shape.wide_bytes * dense, shape.element_bytes * routed)


def ram_reserve_bytes(gradient_checkpointing: bool, moving_bytes: int) -> int:
    """The C library's: a share of what comes and goes in a step."""
    return int(RAM_SHARE[gradient_checkpointing] * moving_bytes) + RAM_FIXED_BYTES
