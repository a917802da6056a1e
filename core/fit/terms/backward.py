"""What the forward or backward pass through one layer needs at its widest beyond what the layer keeps, in bytes."""

from __future__ import annotations

from core.fit.shape import EVERY_EXPERT, Shape, norms_a_layer
from core.fit.terms.layers import SWIGLU_LIMITED, WRITTEN_OUT, feed_forward_kept
from core.fit.terms.workspace import unpacked_bytes

NORMS_WITH_POST = 4  # before and after attention and feed-forward (Gemma 2 and 3)
POST_NORM_BYTES = 20  # its gradient is worked out in five float32 tables while the whole layer is kept
FLOAT32_WEIGHED = {"gemma4_text"}  # experts' outputs, by routing weights in float32
FLASH_SUMS = 4  # the queries' gradient is summed in float32 (flash_api.cpp, mha_bwd)


def backward_bytes(shape: Shape) -> tuple[int, int]:
    """(activations, workspace) at the widest moment of a layer's backward pass: around the last matrix of its
    feed-forward part, or in attention."""
    spec = shape.spec
    unpacked = unpacked_bytes(shape)
    moments = [(shape.tokens * _attention(shape) - shape.tokens * feed_forward_kept(shape), 0)]
    if norms_a_layer(shape.spec) >= NORMS_WITH_POST:
        moments.append((POST_NORM_BYTES * shape.tokens * spec.hidden_size, 0))
    if shape.mlps:
        moments += _dense(shape, unpacked)
    if spec.expert_layers:
        moments.append((shape.tokens * _mixture(shape), 0))
    return max(((max(0, activations), workspace) for activations, workspace in moments), key=sum)


def _dense(shape: Shape, unpacked: int) -> list[tuple[int, int]]:
    """The gradient of the last matrix's input, from the base and from the adapter; then that of gate and up. With
    copies in the adapter's type: the forward pass, where the input stands in both."""
    tokens, wide = shape.tokens, shape.wide_bytes
    one = tokens * shape.widest_mlp
    freed = shape.element_bytes * one if shape.adapts_last and not shape.casts_inputs else 0
    tables = 3 if shape.gated or shape.adapts_last else 2
    found = [(2 * wide * one - freed, unpacked), (tables * wide * one - freed, 0)]
    if shape.copies_inputs and shape.adapts_last:
        found.append(((8 if shape.casts_inputs and shape.spec.activation in WRITTEN_OUT else 6) * one, 0))
    if shape.spec.activation in WRITTEN_OUT and not shape.adapts_last:
        found.append((10 * one, 0))
    if shape.is_int8:
        found.append((2 * one + 4 * tokens * shape.spec.hidden_size, 3 * one))
    return found


def _mixture(shape: Shape) -> int:
    """The gradients of the experts' output, weighed and put in order; or of what goes into the last matrix."""
    spec, element, times = shape.spec, shape.element_bytes, shape.experts_at_once
    if spec.model_type in EVERY_EXPERT:
        return 3 * element * times * spec.expert_size
    if spec.model_type in SWIGLU_LIMITED:
        return 5 * element * times * spec.expert_size
    if spec.model_type in FLOAT32_WEIGHED:
        return (3 * 4 + element) * times * spec.hidden_size
    hidden = 3 * spec.hidden_size
    return element * times * max(3 * spec.expert_size - spec.hidden_size, hidden)


def _attention(shape: Shape) -> int:
    """Gradients of output, queries, keys and values, and the kernel's sums in float32."""
    spec = shape.spec
    if shape.is_eager and spec.attention_sinks:
        return 2 * shape.element_bytes * spec.heads * shape.span
    if shape.is_eager:
        return 8 * spec.heads * shape.span
    sums = FLASH_SUMS * (shape.queries + spec.heads)
    return sums + shape.wide_bytes * 4 * shape.queries + shape.wide_bytes * 2 * shape.keys


def forward_bytes(shape: Shape) -> int:
    """Beyond what the last layer keeps, at the widest moment of its forward pass: experts' outputs put back in order
    and added up in float32."""
    spec = shape.spec
    if not spec.expert_layers:
        return 0
    per_token = shape.experts_at_once * spec.hidden_size * (2 * shape.element_bytes + 4) + 4 * spec.hidden_size
    return shape.tokens * per_token if spec.model_type not in EVERY_EXPERT else 0
