"""What every quantisation method declares about itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class QuantizationMethod:
    """One way to hold the frozen base weights.

    Attributes:
        name: the value of the setting `quantization`.
        title: what the window shows.
        help: one sentence for the person who chooses.
        weight_bytes: (rows, columns, double_quantization, element_bytes) of one linear layer → bytes of its stored
            weight, block statistics included; `element_bytes` is what one unquantised weight takes (2 in 16 bits).
        loading: (double_quantization) → keyword arguments of transformers' `BitsAndBytesConfig`, without dtypes; empty
            where the method needs none.
        quantizes_linear: whether linear layers change their storage at all; the rest of the model never does.
    """

    name: str
    title: str
    help: str
    weight_bytes: Callable[[int, int, bool, int], int]
    loading: Callable[[bool], Mapping[str, Any]] = field(default=lambda double: {})
    quantizes_linear: bool = True
