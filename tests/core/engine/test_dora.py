"""DoRA made lean learns what PEFT's own does."""

from __future__ import annotations

import pytest
import torch
from bitsandbytes.nn import Linear4bit
from peft import LoraConfig, get_peft_model
from torch import Tensor, nn

from core.engine.dora import make_lean


def step(base: nn.Linear, *, lean: bool) -> tuple[Tensor, list[Tensor]]:
    """What a layer with an adapter that has learnt answers in a mixed-precision step, and its gradients."""
    model = get_peft_model(
        nn.Sequential(base), LoraConfig(r=4, target_modules=["0"], use_dora=True, init_lora_weights=False)
    )
    for number, parameter in enumerate(p for p in model.parameters() if p.requires_grad):
        parameter.data = torch.rand(parameter.shape, generator=torch.Generator().manual_seed(number)) + 0.1
    if lean:
        make_lean(model)
    inputs = torch.randn(8, 64, generator=torch.Generator().manual_seed(9)).bfloat16().requires_grad_()
    with torch.autocast("cpu", torch.bfloat16):
        output = model(inputs)
    output.float().pow(2).sum().backward()
    found = [p.grad for p in (inputs, *model.parameters()) if p.grad is not None]
    return output, found


@pytest.mark.parametrize("quantised", [False, True])
def test_answers_and_gradients_are_those_of_peft_in_the_type_that_was_given(quantised: bool) -> None:
    def base() -> nn.Linear:
        torch.manual_seed(1)
        plain = nn.Linear(64, 32, bias=False).bfloat16()
        if not quantised:
            return plain
        layer = Linear4bit(64, 32, bias=False, compute_dtype=torch.bfloat16, quant_type="nf4")
        layer.load_state_dict(plain.state_dict())
        return layer.to("cpu")

    (answer, gradients), (lean_answer, lean_gradients) = step(base(), lean=False), step(base(), lean=True)
    assert lean_answer.dtype is torch.bfloat16
    torch.testing.assert_close(lean_answer.float(), answer.float(), rtol=0.02, atol=0.02)
    assert len(lean_gradients) == len(gradients) == 4
    for lean, own in zip(lean_gradients, gradients, strict=True):
        torch.testing.assert_close(lean.float(), own.float(), rtol=0.05, atol=0.05 * own.float().abs().max().item())
