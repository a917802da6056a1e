"""What DoRA (Liu et al., 2402.09353) takes beyond LoRA, in bytes; as peft 0.21 computes it, `tuners/lora/dora.py`."""

from __future__ import annotations

from core.fit.shape import Shape

FLOAT32_BYTES = 4
FEED_FORWARD = ("mlp", "shared_expert")
WEIGHT_TABLES = 4  # as wide as the weight: it unpacked or cast, the adapter's product, that scaled, and the sum
OUTPUT_BYTES = 9  # of a token and output, in the backward pass: two tables in float32 and what they are cast to


def dora_kept_bytes(shape: Shape) -> int:
    """What all layers keep: each adapted layer's output without the adapter, and the adapter's own, which the
    magnitudes are multiplied with."""
    if not shape.settings.use_dora:
        return 0
    outputs = sum(kind.count * kind.out_features for kind in shape.adapted)
    return shape.tokens * (shape.wide_bytes + shape.element_bytes) * outputs


def dora_weight_bytes(shape: Shape) -> int:
    """What the norms of the largest adapted weight are worked out in, while a layer's forward pass is run."""
    if not shape.settings.use_dora:
        return 0
    largest = max((kind.out_features * kind.in_features for kind in shape.adapted), default=0)
    return WEIGHT_TABLES * largest * (shape.adapter_bytes if shape.casts_inputs else shape.element_bytes)


def dora_tables_bytes(shape: Shape) -> int:
    """What the gradients of the widest adapted output of the feed-forward part need more; none with magnitudes in 16
    bits."""
    if not shape.settings.use_dora or shape.adapter_bytes < FLOAT32_BYTES:
        return 0
    widths = (kind.out_features for kind in shape.adapted if kind.group in FEED_FORWARD)
    return OUTPUT_BYTES * shape.tokens * max(widths, default=0)
