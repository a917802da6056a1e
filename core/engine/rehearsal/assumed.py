"""What cannot be known without real numbers is assumed: the case that takes the most memory, or the usual one."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

aten = torch.ops.aten


OUTLIERS = 8  # columns that LLM.int8() would compute in 16 bits; few, whatever the model (2208.07339, section 4)


def assumed_result(func: Any, args: Any, *, padded: bool) -> tuple[bool, Any]:
    """(True, result) where the numbers in a tensor would decide the result.

    A number read out of a tensor is 1 (a loss, a norm, a count); a truth is that there is no padding, or that there is.
    A mask picks every row: each token is trained on.
    """
    if func is aten._local_scalar_dense.default:
        return True, _one(args[0].dtype, padded)
    if func is torch.ops.bitsandbytes.int8_vectorwise_quant.default:
        given = args[0]
        rows = given.new_empty(given.shape[:-1].numel(), dtype=torch.float32)
        columns = given.new_empty(OUTLIERS, dtype=torch.int64)
        return True, (torch.empty_like(given, dtype=torch.int8), rows, columns)
    if func is torch.ops.bitsandbytes.int8_mixed_scaled_mm.default:
        given, weight = args[0], args[2]
        return True, (
            given.new_empty((*given.shape[:-1], weight.shape[0])),
            given.new_empty((given.shape[0], OUTLIERS)),
        )
    if func is aten.index.Tensor and (mask := _mask(args)) is not None:
        picked = args[0]
        return True, picked.new_empty((mask.numel(), *picked.shape[mask.ndim :]))
    return False, None


def _one(dtype: torch.dtype, padded: bool) -> float | int | bool:
    if dtype is torch.bool:
        return not padded
    return 1.0 if dtype.is_floating_point else 1


def _mask(args: Any) -> Tensor | None:
    indices = args[1]
    if len(indices) == 1 and isinstance(indices[0], Tensor) and indices[0].dtype is torch.bool:
        return indices[0]
    return None
