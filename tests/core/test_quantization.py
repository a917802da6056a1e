from __future__ import annotations

import pytest

from core.quantization import METHODS


def test_the_table_names_each_method_once() -> None:
    assert list(METHODS) == ["nf4", "int8", "none"]
    for name, method in METHODS.items():
        assert method.name == name
        assert method.title and method.help.endswith(".")
        assert bool(method.loading(True)) == method.quantizes_linear


@pytest.mark.parametrize("double", [False, True])
def test_nf4_takes_the_bytes_that_bitsandbytes_stores(double: bool) -> None:
    import torch
    from bitsandbytes.functional import quantize_4bit

    rows, columns = 192, 320
    packed, state = quantize_4bit(torch.randn(rows, columns), quant_type="nf4", compress_statistics=double)
    tensors = [packed, state.absmax, state.code]
    if double:
        tensors += [state.offset, state.state2.absmax, state.state2.code]
    stored = sum(tensor.numel() * tensor.element_size() for tensor in tensors)
    assert METHODS["nf4"].weight_bytes(rows, columns, double, 2) == stored


def test_int8_takes_the_bytes_that_bitsandbytes_stores() -> None:
    import torch
    from bitsandbytes.functional import int8_vectorwise_quant

    quantized, scales, _ = int8_vectorwise_quant(torch.randn(192, 320, dtype=torch.float16))
    stored = sum(tensor.numel() * tensor.element_size() for tensor in (quantized, scales))
    assert METHODS["int8"].weight_bytes(192, 320, False, 2) == stored


def test_unquantised_weights_take_what_their_format_takes() -> None:
    assert METHODS["none"].weight_bytes(3, 5, True, 2) == 30
    assert METHODS["none"].weight_bytes(3, 5, False, 4) == 60
