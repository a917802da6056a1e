"""What stands from the first step to the last: weights, adapter, gradients, the optimiser's states."""

from __future__ import annotations

from core.fit.shape import Shape
from core.quantization import METHODS


def weights(shape: Shape) -> int:
    """The frozen base: linear layers as the method stores them, everything else in the compute type."""
    spec, settings = shape.spec, shape.settings
    method = METHODS[settings.quantization]
    stored = rest = 0
    for kind in spec.linears:
        if kind.quantizable:
            one = method.weight_bytes(
                kind.out_features, kind.in_features, settings.double_quantization, shape.element_bytes
            )
            stored += kind.count * one
            rest += kind.count * kind.out_features * kind.in_features
    return stored + (spec.parameters - spec.unused_parameters - rest) * shape.element_bytes


def adapter(shape: Shape) -> int:
    """The LoRA matrices themselves."""
    return shape.adapter_parameters * shape.adapter_bytes


def gradients(shape: Shape) -> int:
    """One number for each trained parameter, in its type."""
    return shape.adapter_parameters * shape.adapter_bytes


def optimizer(shape: Shape) -> int:
    """Two moments a trained parameter: in its own type (`torch.optim.AdamW`), or a byte each with a float32 scale for a
    block of 256 (`bitsandbytes.optim`, 0.50; matrices below 4,096 numbers stay in float32)."""
    if shape.settings.optimizer == "adamw":
        return 2 * shape.adapter_parameters * shape.adapter_bytes
    return 2 * shape.adapter_parameters + 2 * 4 * (-(-shape.adapter_parameters // 256))
