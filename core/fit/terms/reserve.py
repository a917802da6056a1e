"""What an allocator holds beyond what is allocated, in bytes."""

from __future__ import annotations

from core.fit.shape import Shape, is_cohere
from core.fit.terms.dora import dora_tables_bytes
from core.fit.terms.layers import WRITTEN_OUT, casts_bytes
from core.fit.terms.workspace import unpacked_bytes

MIB = 2**20
# Shares fitted to replays of rehearsed steps through the allocator's rules, expandable segments on: what a kind of gap
# takes is in the order of those tables, how much of it depends on the order of births and deaths. What remains is told
# by tests/benchmarks/fit_accuracy.py.
CARD_FIXED_BYTES = 80 * MIB
FULL_LOSS_FIXED_BYTES = 32 * MIB
CHECKPOINTED_FIXED_BYTES = 32 * MIB
UNPACKED_SHARE = 0.3
EAGER_SHARE = 0.12  # of what comes and goes under checkpointing, with eager attention
FULL_LOSS_SHARE = 0.155  # and with the full loss
INT8_SHARE = {True: 0.05, False: 0.1}  # under checkpointing with the full loss; whether gradients stand before
INT8_KEPT = 0.01
CAST_TABLES = 10  # of the feed-forward part, with adapters in float32 on unquantised layers
INT8_CHECKPOINTED = {True: 0.0845, False: 0.0665}  # with the fused loss; whether the feed-forward part is adapted
INT8_IN_FLOAT32 = 0.05  # in LayerNorm's families
INT8_BORROWED = 0.03  # more, where layers borrow keys that lie between
INT8_UNPACKED = 2.0
INT8_FIXED_BYTES = 64 * MIB
# Under checkpointing, with the fused loss: tables that come and go twice in a layer's recomputed pass
HIDDEN_TABLES = 5.5
BORROWING_TABLES = 4.0  # where the last layers have no keys and values of their own
EXPERT_TABLES = 1.6
ADAPTED_TABLES = 0.5
WRITTEN_OUT_TABLES = 1.0  # of three each, where GELU is written out by its formula
GRADIENTS_BETWEEN = 0.4
UNPACKED_TABLES = 1.5
# The C library keeps more of what was freed: resident peaks of real runs of 3M and 37M models on Linux, less the rest.
RAM_SHARE = {False: 0.35, True: 0.85}
RAM_FIXED_BYTES = 20 * MIB


def card_reserve_bytes(shape: Shape, moving_bytes: int) -> int:
    """Gaps that no request fits: about one of the widest tables of the feed-forward part, a share of the largest
    unpacked weight, and what `_holes` says; under checkpointing with the fused loss, what `_recomputed` says. DoRA's
    tables leave as much again as they take, unless those of the full loss are larger."""
    more = dora_tables_bytes(shape) if shape.settings.loss == "fused" else 0
    return _without_dora(shape, moving_bytes) + more


def _without_dora(shape: Shape, moving_bytes: int) -> int:
    settings, share = shape.settings, 0.0
    if settings.gradient_checkpointing and settings.loss == "fused" and not shape.is_eager:
        return _recomputed(shape, moving_bytes)
    if shape.is_int8:
        share = INT8_SHARE[settings.gradient_accumulation_steps > 1] if settings.gradient_checkpointing else INT8_KEPT
    gaps = widest_table_bytes(shape) + int(UNPACKED_SHARE * unpacked_bytes(shape) + share * moving_bytes)
    found = _holes(shape) + gaps + CARD_FIXED_BYTES + (FULL_LOSS_FIXED_BYTES if settings.loss == "full" else 0)
    if settings.gradient_checkpointing and shape.is_eager:
        found = max(found, int(EAGER_SHARE * moving_bytes))
    if settings.gradient_checkpointing and settings.loss == "full" and not is_cohere(shape.spec):
        found = max(found, int(FULL_LOSS_SHARE * moving_bytes)) + _between(shape)
    return found


def _recomputed(shape: Shape, moving_bytes: int) -> int:
    """Gaps among a layer's tables that are made, freed, made again and freed again. LLM.int8() holds small ones between
    them, so that a share of all stays."""
    unpacked = unpacked_bytes(shape)
    if shape.is_int8:
        share = INT8_CHECKPOINTED[shape.adapts_last] if shape.wide_bytes == 2 else INT8_IN_FLOAT32
        share += INT8_BORROWED if shape.borrowing_layers else 0.0
        return int(share * moving_bytes + INT8_UNPACKED * unpacked) + INT8_FIXED_BYTES
    spec, row = shape.spec, shape.tokens * shape.element_bytes
    hidden = BORROWING_TABLES if shape.borrowing_layers else HIDDEN_TABLES
    tables = hidden * row * spec.hidden_size + UNPACKED_TABLES * unpacked
    if spec.expert_layers:
        tables += EXPERT_TABLES * row * shape.experts_at_once * spec.expert_size
    elif shape.adapts_last or spec.activation in WRITTEN_OUT:
        share = WRITTEN_OUT_TABLES if spec.activation in WRITTEN_OUT else ADAPTED_TABLES
        tables += share * widest_table_bytes(shape)
    return int(tables) + _between(shape) + CHECKPOINTED_FIXED_BYTES


def _between(shape: Shape) -> int:
    """What gradients cost that are born among a layer's tables; none where they stand already."""
    first = shape.settings.gradient_accumulation_steps == 1 and not shape.is_int8
    return int(GRADIENTS_BETWEEN * shape.adapter_parameters * shape.adapter_bytes) if first else 0


def _holes(shape: Shape) -> int:
    """Where a large table stood that is gone before larger ones are made. With the full loss the table of logits in 16
    bits, and autocast's copies of the adapter; where layers' inputs are cast to float32 and kept, those casts.
    With eager attention those of scores: a softmax in float32 before the full loss, or two tables of the model with
    sinks."""
    full = shape.settings.loss == "full" and not is_cohere(shape.spec)  # whose scaled logits take their place
    scores = shape.tokens * shape.spec.heads * shape.span
    logits = shape.tokens * shape.spec.vocabulary
    hole = logits * shape.element_bytes + casts_bytes(shape) if full else 0
    if shape.casts_inputs and not shape.settings.gradient_checkpointing:
        hole += CAST_TABLES * shape.tokens * shape.element_bytes * shape.widest_mlp
    if shape.is_eager and shape.spec.attention_softcap and full:
        hole += 4 * shape.spec.heads * shape.span**2  # of one row
    if shape.is_eager and shape.spec.attention_sinks and shape.settings.gradient_checkpointing:
        hole += 2 * shape.element_bytes * scores
    return hole


def widest_table_bytes(shape: Shape) -> int:
    """One table of the feed-forward part, of the kind of layer whose table is wider."""
    spec = shape.spec
    dense = shape.widest_mlp
    in_float32 = shape.wide_bytes == 4 and not shape.settings.gradient_checkpointing
    dense *= 3 if in_float32 or spec.activation in WRITTEN_OUT else 1  # whose tables come and go together
    routed = shape.experts_at_once * spec.expert_size if spec.expert_layers else 0
    return shape.tokens * max(shape.wide_bytes * dense, shape.element_bytes * routed)


def ram_reserve_bytes(gradient_checkpointing: bool, moving_bytes: int) -> int:
    """The C library's: a share of what comes and goes in a step."""
    return int(RAM_SHARE[gradient_checkpointing] * moving_bytes) + RAM_FIXED_BYTES
