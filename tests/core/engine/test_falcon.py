"""Falcon computes what transformers' own classes compute, and PyTorch's lean attention serves it."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from transformers import AutoModelForCausalLM, FalconConfig
from transformers.models.falcon import modeling_falcon
from transformers.models.falcon.modeling_falcon import FalconAttention

from core.engine import falcon

KINDS = {
    "one head of keys": {"multi_query": True, "new_decoder_architecture": False},
    "grouped keys": {"new_decoder_architecture": True, "num_kv_heads": 2},
    "positions by ALiBi": {"multi_query": True, "new_decoder_architecture": False, "alibi": True},
}
TOKENS = torch.arange(1, 13).view(1, 12)


def model_of(config: FalconConfig) -> Any:
    """The same weights each time."""
    torch.manual_seed(0)
    return AutoModelForCausalLM.from_config(config, attn_implementation="sdpa").train()


def config_of(kind: str) -> FalconConfig:
    return FalconConfig(vocab_size=64, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, **KINDS[kind])


def learnt(model: Any, **inputs: Any) -> tuple[torch.Tensor, torch.Tensor]:
    loss = model(input_ids=TOKENS, labels=TOKENS, **inputs).loss
    loss.backward()
    return loss.detach(), model.transformer.h[0].self_attention.query_key_value.weight.grad


@pytest.mark.parametrize("kind", KINDS)
def test_loss_and_gradients_are_those_of_transformers_own_falcon(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    config = config_of(kind)
    falcon.prepare()
    mended = learnt(model_of(config))
    with monkeypatch.context() as before:
        before.setitem(modeling_falcon.FALCON_ATTENTION_CLASSES, "sdpa", FalconAttention)
        before.setattr(modeling_falcon, "FalconMLP", falcon.FalconMLP)
        before.setattr(modeling_falcon, "create_causal_mask", falcon.create_causal_mask)
        plain = learnt(model_of(config))
    for ours, theirs in zip(mended, plain, strict=True):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("kind", ["one head of keys", "grouped keys"])
def test_pytorchs_flash_kernel_serves_it(kind: str) -> None:
    falcon.prepare()
    model = model_of(config_of(kind))
    with sdpa_kernel(SDPBackend.FLASH_ATTENTION):
        loss, _ = learnt(model)
    assert torch.isfinite(loss)


def test_a_chat_keeps_one_head_of_keys() -> None:
    falcon.prepare()
    model = model_of(config_of("one head of keys")).eval()
    cache = model(input_ids=TOKENS, use_cache=True).past_key_values
    assert cache.layers[0].keys.shape[1] == 1
