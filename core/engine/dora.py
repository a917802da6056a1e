"""DoRA (Liu et al., 2402.09353) without what PEFT 0.21 wastes on it."""

from __future__ import annotations

from typing import Any

import torch
from peft import PeftModel
from peft.tuners.lora.bnb import Linear4bit, Linear8bitLt
from peft.tuners.lora.dora import DoraLinearLayer
from torch import Tensor


def make_lean(model: PeftModel) -> None:
    """Have DoRA's layers in `model` take less memory, with the same results.

    PEFT multiplies an identity as wide as a layer's input with both of the adapter's matrices, a gigabyte on an 8B
    model, to have their product; and its layers on quantised weights answer in the magnitudes' float32, and all that
    follows with them: it casts that back on plain weights alone.
    """
    for module in model.modules():
        if isinstance(module, DoraLinearLayer):
            module.get_lora_weight = _product
        elif isinstance(module, (Linear4bit, Linear8bitLt)):
            module.register_forward_hook(_as_asked)


def _product(lora_A: torch.nn.Linear, lora_B: torch.nn.Linear, adapter_name: str | None = None) -> Tensor:
    """The change that the adapter is, (out, in); nothing is learnt through it, as the paper has it (section 4.3)."""
    with torch.no_grad():
        return lora_B.weight @ lora_A.weight


def _as_asked(module: Any, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
    return output.to(inputs[0].dtype)
