"""The processor's tensors treated as a card's: where the libraries ask for the device, they hear of a card.

A rehearsal runs on `FakeTensorMode` with the processor as device, because PyTorch's autograd refuses fake tensors of a
device that the installed build does not support. What a card does otherwise is put in its place here, for as long as
the rehearsal runs: the casts of CUDA's autocast, trl's loss in Triton kernels, bitsandbytes' int8 product.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any

import bitsandbytes
import torch
import trl.kernels.chunked_logprob as chunked
import trl.trainer.utils as trl_utils
from bitsandbytes.autograd._functions import MatMul8bitLt, MatmulLtState
from torch import Tensor
from torch.nn import functional
from transformers.integrations import moe

from core.engine import attention
from core.engine.rehearsal.attention import addmm_fp32, card_attention
from core.engine.rehearsal.replaced import replaced

# Operators that CUDA's autocast computes in float32 and the processor's does not, as far as language models use them
# (ATen/autocast_mode.h, PyTorch 2.13): AT_FORALL_FP32, whose inputs are copied, and AT_FORALL_FP32_SET_OPT_DTYPE, which
# are only asked for a float32 result. tests/benchmarks/card_paths.py holds this to PyTorch's own CUDA casts.
FLOAT32 = (
    "exp",
    "expm1",
    "log",
    "log1p",
    "reciprocal",
    "rsqrt",
    "pow.Tensor_Scalar",
    "pow.Tensor_Tensor",
    "pow.Scalar",
    "softplus",
    "layer_norm",
    "native_layer_norm",
    "rms_norm",
    "group_norm",
    "nll_loss",
    "logsumexp",
)
FLOAT32_RESULT = (
    "softmax.int",
    "log_softmax.int",
    "cumprod",
    "cumsum",
    "prod",
    "sum",
    "sum.dim_IntList",
    "linalg_vector_norm",
)
KEY = "AutocastCPU"
AMPERE = (8, 0)  # the first capability with grouped products of experts, and with FlashAttention
SHORT = (torch.bfloat16, torch.float16)


@contextmanager
def as_card(capability: tuple[int, int] | None, *, triton: bool) -> Iterator[None]:
    """Within, what runs on the processor's tensors takes the paths that it takes on a card.

    Args:
        capability: the card's compute capability; a new one where it is unknown.
        triton: whether trl's loss finds Triton there, which PyTorch brings on Linux alone.
    """
    with ExitStack() as stack:
        for target, name, value in replacements(capability or AMPERE, triton=triton):
            stack.enter_context(replaced(target, name, value))
        stack.enter_context(_cuda_casts())
        yield


def replacements(capability: tuple[int, int], *, triton: bool) -> Iterator[tuple[Any, str, Any]]:
    """What stands in for a library's own way: module, name, value."""
    enabled = torch.is_autocast_enabled
    # Without an argument it asks about CUDA: peft casts an adapter's input by it
    yield torch, "is_autocast_enabled", lambda *device: enabled(*(device or ("cpu",)))
    yield bitsandbytes, "matmul", _int8_product
    yield moe, "_can_use_grouped_mm", lambda *_: capability >= AMPERE
    yield functional, "dropout", _dropout
    yield attention, "on_flash_card", lambda tensor: capability >= AMPERE
    yield attention, "sdpa_attention_forward", card_attention
    yield chunked, "_addmm_fp32", addmm_fp32
    if triton:
        yield chunked, "_use_triton", _always
        yield trl_utils, "_use_triton", _always
        yield chunked, "_forward_kernel", _Launched()
        yield chunked, "_backward_kernel", _Launched()
        yield chunked, "triton", SimpleNamespace(cdiv=lambda number, by: -(-number // by))


def _always(device: torch.device) -> bool:
    return True


def _dropout(given: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """On a card one kernel does it, and keeps a byte a number; on a processor several do."""
    return torch.native_dropout(given, p, True)[0] if training and p > 0 else given


class _Launched:
    """A Triton kernel that works in place: it takes no memory, so there is nothing to do."""

    def __getitem__(self, grid: Any) -> Callable[..., None]:
        return lambda *args, **options: None


def _int8_product(
    inputs: Tensor,
    weight: Tensor,
    out: Tensor | None = None,
    state: MatmulLtState | None = None,
    threshold: float = 0.0,
    bias: Tensor | None = None,
) -> Tensor:
    """`bitsandbytes.matmul` as on a card; on a processor it takes another way while training."""
    state = state or MatmulLtState()
    state.threshold = threshold or state.threshold
    result: Tensor = MatMul8bitLt.apply(inputs, weight, out, bias, state)
    return result


@contextmanager
def _cuda_casts() -> Iterator[None]:
    library = torch.library.Library("aten", "IMPL")
    try:
        for names, way in ((FLOAT32, _in_float32), (FLOAT32_RESULT, _to_float32)):
            for name in names:
                packet, _, overload = name.partition(".")
                operator = getattr(getattr(torch.ops.aten, packet), overload or "default")
                library.impl(name, partial(way, operator), KEY)
        yield
    finally:
        library._destroy()


def _in_float32(operator: Any, *args: Any, **options: Any) -> Any:
    """`operator` on float32 copies, as CUDA's autocast calls it; it copies the last argument first."""
    widened = [_widened(arg) for arg in reversed(args)]
    with _without_casts():
        return operator(*reversed(widened), **{name: _widened(value) for name, value in options.items()})


def _to_float32(operator: Any, *args: Any, **options: Any) -> Any:
    """`operator` with a float32 result, unless another type is asked for."""
    types = [arg for arg in (*args, *options.values()) if isinstance(arg, torch.dtype)]
    if not types and isinstance(args[0], Tensor) and args[0].dtype in SHORT:
        options["dtype"] = torch.float32
    with _without_casts():
        return operator(*args, **options)


def _without_casts() -> Any:
    return torch._C._ExcludeDispatchKeyGuard(torch._C.DispatchKeySet(torch._C.DispatchKey.AutocastCPU))


def _widened(value: Any) -> Any:
    return value.float() if isinstance(value, Tensor) and value.dtype in SHORT else value
