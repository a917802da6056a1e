"""Proof that the base column is the base: its logits equal those of the model before an adapter was ever attached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from core.engine.mixed import ADAPTER_OF
from core.errors import TunesmithError

BASE_TOLERANCE = 1e-4
"""Largest difference of logits that passes. The same rows in the same shape through the same kernels give 0; this
leaves room for kernels that add float32 numbers in no fixed order. It is far below one step of bf16 (1/256 of a
logit) and below what any adapter that does something changes."""


@dataclass(frozen=True)
class Differences:
    """Largest absolute differences of logits: base column to bare base, tuned column to base column."""

    base: float
    tuned: float


def bare_logits(model: Any, probe: list[int]) -> Tensor:
    """float32 (2, tokens, vocabulary) of `probe` twice, from a model that never had an adapter: the standard to
    measure by.

    Two equal rows, as in the mixed batch: kernels may choose their order of summation by the batch's shape.
    """
    return _logits(model, probe)


def compare(tuned: Any, probe: list[int], bare: Tensor) -> Differences:
    """How far the columns of `probe`'s mixed batch are from `bare` and from each other."""
    mixed = _logits(tuned, probe, adapter_names=[ADAPTER_OF["base"], ADAPTER_OF["tuned"]])
    return Differences(base=float((mixed[0] - bare[0]).abs().max()), tuned=float((mixed[1] - mixed[0]).abs().max()))


def require_base(differences: Differences) -> None:
    """Refuse to show a base column that is not the base.

    Raises:
        TunesmithError: `engine.base_is_not_base`. A difference that is no number fails as well.
    """
    if not differences.base <= BASE_TOLERANCE:
        raise TunesmithError(
            "engine.base_is_not_base",
            what="The base model's column would not show the base model.",
            why=f"Its logits differ by {differences.base:g} from those of the model without the adapter.",
            remedy="Nothing is shown rather than something wrong. Please report this with the log.",
        )


def _logits(model: Any, probe: list[int], **arguments: Any) -> Tensor:
    with torch.inference_mode():
        ids = torch.tensor([probe, probe], device=model.device)
        logits: Tensor = model(input_ids=ids, use_cache=False, **arguments).logits.float()
    return logits
