"""Falcon, mended where transformers 5.24 keeps it from lean training. What it computes stays the same.

It materialises a mask even where none is needed, and Falcon 7B hands its one head of keys to PyTorch as it is: either
keeps PyTorch's flash kernel away, the second leads to the step-by-step one with its table of length × length. It adds
in place to what LLM.int8() returns, which autograd refuses. And its linear layers are of a class of their own, which
transformers does not quantise.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers.masking_utils import create_causal_mask
from transformers.models.falcon import modeling_falcon
from transformers.models.falcon.modeling_falcon import FalconAttention, FalconMLP


class Attention(FalconAttention):
    """Falcon's, with shared keys and values repeated for every head while it trains; a chat's cache stays small."""

    def forward(self, *inputs: Any, **named: Any) -> Any:
        """As Falcon's."""
        if self.multi_query and not self.new_decoder_architecture:
            self.num_kv_heads = self.num_heads if self.training else 1
        return super().forward(*inputs, **named)

    def _split_heads(self, fused_qkv: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        query, key, value = super()._split_heads(fused_qkv)
        if self.num_kv_heads == self.num_heads:
            return query, key.expand_as(query), value.expand_as(query)
        return query, key, value


class Mlp(FalconMLP):
    """Falcon's, whose result may be added to in place."""

    def forward(self, x: Tensor) -> Tensor:
        """As Falcon's."""
        result: Tensor = super().forward(x)
        return result.clone() if result._is_view() else result


def _causal_mask(**named: Any) -> Any:
    """Falcon's mask; none where it would say no more than “causal”, unless positions are told by it (ALiBi)."""
    skip = not named["config"].alibi
    return create_causal_mask(**{**named, "allow_is_causal_skip": skip})


def prepare() -> None:
    """Put the mended pieces in place, before a model is built."""
    modeling_falcon.FalconLinear = torch.nn.Linear
    modeling_falcon.FALCON_ATTENTION_CLASSES["sdpa"] = Attention
    modeling_falcon.FalconMLP = Mlp
    modeling_falcon.create_causal_mask = _causal_mask
