"""The ways to hold the frozen base weights.

To add one: write a file here that declares a `METHOD`, and name it in the tuple below. The setting's choices, the
estimate, the recommendation and the engine's loader read this table; `tests/core/test_quantization.py` walks it.
"""

from __future__ import annotations

from core.quantization import int8, nf4, none
from core.quantization.method import QuantizationMethod

METHODS: dict[str, QuantizationMethod] = {m.name: m for m in (nf4.METHOD, int8.METHOD, none.METHOD)}

__all__ = ["METHODS", "QuantizationMethod"]
