"""NF4: four bits a weight, on a grid fitted to normally distributed weights (Dettmers et al., QLoRA, arXiv
2305.14314)."""

from __future__ import annotations

from core.quantization.method import QuantizationMethod

BLOCK = 64  # weights that share one scale (bitsandbytes.nn.Linear4bit's default)
NESTED_BLOCK = 256  # scales that share one scale under double quantisation
CODE_BYTES = 16 * 4  # the table of 16 float32 grid values, one a layer
NESTED_CODE_BYTES = 256 * 4  # the table of 256 float32 values for the nested scales, one a layer
OFFSET_BYTES = 4


def weight_bytes(rows: int, columns: int, double_quantization: bool, element_bytes: int) -> int:
    """Bytes of one NF4 weight of shape (rows, columns): packed nibbles, scales, tables.

    Source: `bitsandbytes.functional.quantize_4bit` (0.50): `absmax` is float32 a block, or uint8 a block plus float32 a
    256 blocks, an offset and a second table under double quantisation (`compress_statistics`).
    """
    weights = rows * columns
    blocks = -(-weights // BLOCK)
    packed = -(-weights // 2)
    if not double_quantization:
        return packed + 4 * blocks + CODE_BYTES
    nested = -(-blocks // NESTED_BLOCK)
    return packed + blocks + 4 * nested + CODE_BYTES + NESTED_CODE_BYTES + OFFSET_BYTES


METHOD = QuantizationMethod(
    name="nf4",
    title="NF4 (4-bit)",
    help="Four bits a weight. The smallest, with little loss in quality after fine-tuning: the usual choice at home.",
    weight_bytes=weight_bytes,
    loading=lambda double: {
        "load_in_4bit": True,
        "bnb_4bit_quant_type": "nf4",
        "bnb_4bit_use_double_quant": double,
    },
)
