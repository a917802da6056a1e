"""int8: eight bits a weight with one scale a row (Dettmers et al., LLM.int8(), arXiv 2208.07339)."""

from __future__ import annotations

from core.quantization.method import QuantizationMethod


def weight_bytes(rows: int, columns: int, double_quantization: bool, element_bytes: int) -> int:
    """Bytes of one int8 weight of shape (rows, columns): a byte a weight and a float32 scale a row.

    Source: `bitsandbytes.nn.Int8Params` (0.50): `CB` int8 and `SCB` float32 a row. Double quantisation does not apply.
    """
    return rows * columns + 4 * rows


METHOD = QuantizationMethod(
    name="int8",
    title="int8 (8-bit)",
    help="Eight bits a weight. Twice the size of NF4 and slower to train, closer to the original weights.",
    weight_bytes=weight_bytes,
    loading=lambda double: {"load_in_8bit": True},
)
