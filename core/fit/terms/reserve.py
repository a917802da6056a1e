"""What an allocator holds beyond what is allocated, in bytes."""

from __future__ import annotations

from core.fit.shape import Shape

MIB = 2**20
# Replays of rehearsed steps through the allocator's rules, expandable segments on (tests/benchmarks/fit_accuracy.py).
CARD_SHARE = 0.01
CARD_FIXED_BYTES = 60 * MIB
# The C library keeps more of what was freed: resident peaks of real runs of 3M and 37M models on Linux, less the rest.
RAM_SHARE = {False: 0.35, True: 0.85}
RAM_FIXED_BYTES = 20 * MIB


def card_reserve_bytes(shape: Shape, moving_bytes: int) -> int:
    """Rounding, and gaps that no request fits. The largest: with the full loss, where the table of logits in 16 bits
    stood, which is gone before the tables in float32 are made, and too small for any of them."""
    hole = shape.tokens * shape.spec.vocabulary * shape.element_bytes if shape.settings.loss == "full" else 0
    return hole + int(CARD_SHARE * moving_bytes) + CARD_FIXED_BYTES


def ram_reserve_bytes(gradient_checkpointing: bool, moving_bytes: int) -> int:
    """The C library's: a share of what comes and goes in a step."""
    return int(RAM_SHARE[gradient_checkpointing] * moving_bytes) + RAM_FIXED_BYTES
