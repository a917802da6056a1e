"""No quantisation: the weights stay as they are computed with, 16 bits on a card."""

from __future__ import annotations

from core.quantization.method import QuantizationMethod


def weight_bytes(rows: int, columns: int, double_quantization: bool, element_bytes: int) -> int:
    """Bytes of one weight of shape (rows, columns) at `element_bytes` each."""
    return element_bytes * rows * columns


METHOD = QuantizationMethod(
    name="none",
    title="None (16-bit)",
    help="The weights as they are, in 16 bits. The fastest and exact, if the card has the room.",
    weight_bytes=weight_bytes,
    quantizes_linear=False,
)
