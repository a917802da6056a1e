"""What an allocator holds beyond what is allocated, in bytes."""

from __future__ import annotations

from core.fit.shape import Shape
from core.fit.terms.layers import WRITTEN_OUT, casts_bytes
from core.fit.terms.workspace import unpacked_bytes

MIB = 2**20
# Fitted to replays of rehearsed steps through the allocator's rules, expandable segments on; what remains is told by
# tests/benchmarks/fit_accuracy.py.
CARD_FIXED_BYTES = 80 * MIB
UNPACKED_SHARE = 0.3
# LLM.int8() under checkpointing keeps tables that lie between those that come and go.
INT8_SHARE = {True: 0.05, False: 0.1}  # whether gradients stand before the backward pass
INT8_KEPT = 0.01
CHECKPOINTED_SHARE = 0.12  # of what comes and goes, where a layer's tables do so twice: the middle of 80 replays
# The C library keeps more of what was freed: resident peaks of real runs of 3M and 37M models on Linux, less the rest.
RAM_SHARE = {False: 0.35, True: 0.85}
RAM_FIXED_BYTES = 20 * MIB


def card_reserve_bytes(shape: Shape, moving_bytes: int) -> int:
    """Gaps that no request fits: about one of the widest tables of the feed-forward part, a share of the largest
    unpacked weight, and what `_holes` says."""
    settings, share = shape.settings, 0.0
    if shape.is_int8:
        share = INT8_SHARE[settings.gradient_accumulation_steps > 1] if settings.gradient_checkpointing else INT8_KEPT
    gaps = widest_table_bytes(shape) + int(UNPACKED_SHARE * unpacked_bytes(shape) + share * moving_bytes)
    found = _holes(shape) + gaps + CARD_FIXED_BYTES
    if settings.gradient_checkpointing and settings.loss == "fused" and not shape.is_int8:
        return max(found, int(CHECKPOINTED_SHARE * moving_bytes))
    return found


def _holes(shape: Shape) -> int:
    """Where a large table stood that is gone before larger ones are made. With the full loss the table of logits in 16
    bits, and autocast's copies of the adapter; with eager attention those of scores: a softmax in float32 before the
    full loss, or two tables of the model with sinks."""
    scales = shape.spec.model_type.startswith("cohere")  # the logits, into a table that takes the first one's place
    full = shape.settings.loss == "full" and not scales
    scores = shape.tokens * shape.spec.heads * shape.settings.max_seq_length
    hole = shape.tokens * shape.spec.vocabulary * shape.element_bytes if full else 0
    hole += casts_bytes(shape) if full else 0
    if shape.is_eager and shape.spec.attention_softcap and full:
        hole += 4 * scores
    if shape.is_eager and shape.spec.attention_sinks and shape.settings.gradient_checkpointing:
        hole += 2 * shape.element_bytes * scores
    return hole


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
