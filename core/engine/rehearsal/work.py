"""What an operation costs in time: its floating-point operations and the bytes that it moves."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.utils.flop_counter import flop_registry

from core.fit.rehearsal import Work, WorkKind

aten = torch.ops.aten
bnb = torch.ops.bitsandbytes


def work_of(func: Any, args: Any, kwargs: dict[str, Any], result: Any) -> Work | None:
    """The work of one operation, None where it does nothing (a view, an empty tensor).

    Bytes are those of every tensor that goes in and comes out, once each: what a kernel without a cache would move.
    Matrix products are counted by PyTorch's own formulas (`torch.utils.flop_counter`).
    """
    if func in IDLE:
        return None
    moved_bytes = sum(tensor.nbytes for tensor in _tensors((args, kwargs, result)))
    flops, kind = _arithmetic(func, args, kwargs, result)
    return Work(kind=kind, flops=flops, moved_bytes=moved_bytes)


IDLE = {aten.empty.memory_format, aten.empty_like.default, aten.new_empty.default, aten.empty_strided.default}


def _arithmetic(func: Any, args: Any, kwargs: dict[str, Any], result: Any) -> tuple[int, WorkKind]:
    own = OWN.get(func)
    if own is not None:
        return own(args, result)
    counted = flop_registry.get(func.overloadpacket)
    if counted is None:
        return 0, "memory"
    flops = int(counted(*args, **kwargs, out_val=result))
    name = func.overloadpacket.__name__
    if "attention" in name:
        return flops, "attention"
    inputs = next(_tensors(args), None)
    return flops, "matmul_fp32" if inputs is not None and inputs.dtype is torch.float32 else "matmul"


def _product(args: Any, result: Any) -> tuple[int, WorkKind]:
    """x (…, in) times a weight held in 4 bits, (out, in)."""
    rows = math.prod(args[0].shape[:-1])
    out, inside = args[2]
    kind: WorkKind = "matmul_fp32" if args[0].dtype is torch.float32 else "matmul"
    return 2 * rows * out * inside, kind


def _int8_product(args: Any, result: Any) -> tuple[int, WorkKind]:
    """int8 (rows, in) times int8 (out, in)."""
    out = result[0] if isinstance(result, tuple) else result
    return 2 * math.prod(out.shape) * args[0].shape[-1], "matmul_int8"


def _unpacked(args: Any, result: Any) -> tuple[int, WorkKind]:
    return 0, "dequantize"


def _attention(args: Any, result: Any) -> tuple[int, WorkKind]:
    """Two products of queries (batch, heads, tokens, width) with what comes before each (2307.08691, section 4)."""
    batch, heads, tokens, width = args[0].shape
    return 2 * batch * heads * tokens * tokens * width, "attention"


def _attention_backward(args: Any, result: Any) -> tuple[int, WorkKind]:
    """Two and a half times the forward."""
    batch, heads, tokens, width = args[1].shape
    return 5 * batch * heads * tokens * tokens * width, "attention"


def _varlen(args: Any, result: Any) -> tuple[int, WorkKind]:
    """As `_attention`, of joined rows (tokens, heads, width), none longer than the sixth argument says."""
    tokens, heads, width = args[0].shape
    return 2 * heads * tokens * min(tokens, args[5]) * width, "attention"


def _varlen_backward(args: Any, result: Any) -> tuple[int, WorkKind]:
    """Two and a half times the forward."""
    tokens, heads, width = args[1].shape
    return 5 * heads * tokens * min(tokens, args[8]) * width, "attention"


def _addmm(args: Any, result: Any) -> tuple[int, WorkKind]:
    """acc (n, m) += a (n, k) @ b (k, m)."""
    return 2 * args[1].shape[0] * args[1].shape[1] * args[2].shape[1], "matmul"


OWN: dict[Any, Callable[[Any, Any], tuple[int, WorkKind]]] = {
    bnb.gemm_4bit.default: _product,
    bnb.int8_mixed_scaled_mm.default: _int8_product,
    bnb.int8_scaled_mm.default: _int8_product,
    bnb.int8_linear_matmul.default: _int8_product,
    bnb.dequantize_4bit.default: _unpacked,
    bnb.dequantize_blockwise.default: _unpacked,
    torch.ops.tunesmith.flash.default: _attention,
    torch.ops.tunesmith.efficient.default: _attention,
    torch.ops.tunesmith.flash_backward.default: _attention_backward,
    torch.ops.tunesmith.efficient_backward.default: _attention_backward,
    torch.ops.torch_attn._varlen_attn.default: _varlen,
    torch.ops.torch_attn._varlen_attn_backward.default: _varlen_backward,
    torch.ops.tunesmith.addmm_fp32.default: _addmm,
}


def _tensors(values: Any) -> Iterator[Tensor]:
    for value in values.values() if isinstance(values, dict) else values if isinstance(values, (list, tuple)) else ():
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, (list, tuple, dict)):
            yield from _tensors(value)
    if isinstance(values, Tensor):
        yield values
