"""What the kernels of a card take for themselves while they work, which no dispatcher sees."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import torch

from core.engine.rehearsal import attention  # noqa: F401 (declares the operators named below)

bnb = torch.ops.bitsandbytes
tunesmith = torch.ops.tunesmith

FUSED_4BIT_ROWS = 1536  # bitsandbytes 0.50, backends/cuda/ops.py: above, a 4-bit weight is unpacked whole first
NF4_BLOCK = 64
TOKENS_STEP, WIDTH_STEP = 128, 32  # FlashAttention's backward rounds its sums up to these (flash_api.cpp, mha_bwd)


class Kernels:
    """The scratch memory of each operation on a card; bitsandbytes 0.50, PyTorch 2.13."""

    def scratch(self, func: Any, args: Any, result: Any) -> Iterator[int]:
        """Bytes that live while `func` works, in the order in which they are taken."""
        taken = SCRATCH.get(func)
        return iter(()) if taken is None else taken(args, result)


def _gemm_4bit(args: Any, result: Any) -> Iterator[int]:
    """The weight unpacked to the input's type, and its scales where they are quantised themselves."""
    inputs, shape = args[0], args[2]
    rows = math.prod(inputs.shape[:-1])
    if rows > FUSED_4BIT_ROWS or inputs.shape[-1] % NF4_BLOCK:
        weights = math.prod(shape)
        nested = len(args) > 7 and args[7] is not None
        yield weights * inputs.element_size() + (4 * -(-weights // NF4_BLOCK) if nested else 0)


def _int8_mixed(args: Any, result: Any) -> Iterator[int]:
    """The product as int32, then as float16."""
    output = result[0]
    yield output.numel() * (4 + 2)


def _int8_quant(args: Any, result: Any) -> Iterator[int]:
    """Absolute values in float16 and where they are outliers, a byte each."""
    yield args[0].numel() * (2 + 1)


def _flash_backward(args: Any, result: Any) -> Iterator[int]:
    """The queries' gradient summed in float32, a float32 a row, and keys' and values' gradients for every head."""
    query, key = args[1], args[2]
    batch, heads, tokens, width = query.shape
    rounded = -(-tokens // TOKENS_STEP) * TOKENS_STEP
    taken = 4 * batch * heads * rounded * (1 + -(-width // WIDTH_STEP) * WIDTH_STEP)
    if heads != key.shape[1]:
        taken += 2 * query.nbytes
    yield taken


def _varlen_backward(args: Any, result: Any) -> Iterator[int]:
    """As `_flash_backward`, every row of the joined ones rounded up (flash_api.cpp, mha_varlen_bwd)."""
    query, key, starts = args[1], args[2], args[6]
    tokens, heads, width = query.shape
    rounded = tokens + TOKENS_STEP * (starts.shape[0] - 1)
    taken = 4 * heads * rounded * (1 + -(-width // WIDTH_STEP) * WIDTH_STEP)
    if heads != key.shape[1]:
        taken += 2 * query.nbytes
    yield taken


def _efficient_backward(args: Any, result: Any) -> Iterator[int]:
    """The queries' gradient summed in float32, and a float32 a row."""
    batch, heads, tokens, width = args[1].shape
    yield 4 * batch * heads * tokens * (1 + width)


SCRATCH: dict[Any, Callable[[Any, Any], Iterator[int]]] = {
    bnb.gemm_4bit.default: _gemm_4bit,
    bnb.int8_mixed_scaled_mm.default: _int8_mixed,
    bnb.int8_vectorwise_quant.default: _int8_quant,
    tunesmith.flash_backward.default: _flash_backward,
    torch.ops.torch_attn._varlen_attn_backward.default: _varlen_backward,
    tunesmith.efficient_backward.default: _efficient_backward,
}
