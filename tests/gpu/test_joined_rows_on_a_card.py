"""Joined rows on an NVIDIA card: PyTorch's kernel against one row at a time. Skips itself where there is none."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from core.engine import attention
from core.engine.attention import DocumentMask, Documents, document_attention
from core.hardware.probe import probe

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not probe().gpus, reason="there is no NVIDIA card here"),
]

LENGTHS = (130, 1, 700, 64, 33)
HEADS, KEY_HEADS = 8, 2


def attended(width: int, window: int | None) -> list[torch.Tensor]:
    """Output, and gradients of queries, keys and values."""
    chance = torch.Generator("cuda").manual_seed(1)
    tokens = sum(LENGTHS)
    given = [
        torch.randn((1, heads, tokens, width), generator=chance, device="cuda", dtype=torch.bfloat16).requires_grad_()
        for heads in (HEADS, KEY_HEADS, KEY_HEADS)
    ]
    starts = torch.tensor([0, *torch.tensor(LENGTHS).cumsum(0).tolist()], dtype=torch.int32, device="cuda")
    module = SimpleNamespace(num_key_value_groups=HEADS // KEY_HEADS, is_causal=True)
    mask = DocumentMask(Documents(LENGTHS, starts), window)
    output, _ = document_attention(module, *given, mask, scaling=width**-0.5)
    assert output.shape == (1, tokens, HEADS, width)
    output.float().square().sum().backward()
    return [output, *(tensor.grad for tensor in given if tensor.grad is not None)]


@pytest.mark.parametrize("window", [None, 1, 48, 5000])
@pytest.mark.parametrize("width", [64, 128, 256])
def test_all_rows_at_once_give_what_each_gives_alone(
    width: int, window: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if torch.cuda.get_device_capability() < attention.AMPERE:
        pytest.skip("this card has no such kernel")
    at_once = attended(width, window)
    monkeypatch.setattr(attention, "on_flash_card", lambda tensor: False)
    one_by_one = attended(width, window)
    assert len(at_once) == len(one_by_one) == 4
    for found, wanted in zip(at_once, one_by_one, strict=True):
        difference = (found.float() - wanted.float()).norm() / wanted.float().norm()
        assert difference < 0.02
