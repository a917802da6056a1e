"""Attention as a card does it, for the rehearsal: operators that keep what PyTorch's kernels keep, and compute nothing.

PyTorch 2.13's `scaled_dot_product_attention` takes FlashAttention where there is no mask, and the memory-efficient
kernel where there is one (a padded batch). Shapes: aten/src/ATen/native/transformers/cuda/attention.cu.
"""

from __future__ import annotations

from typing import Any

import bitsandbytes  # noqa: F401 (its operators are named in `work`)
import torch
from torch import Tensor
from transformers.integrations.sdpa_attention import repeat_kv, use_gqa_in_sdpa
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS, sdpa_mask
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from core.engine.attention import as_autocast

CARD_SDPA, CARD_FLASH = "tunesmith_card", "tunesmith_flash"
FLASH_WIDEST_HEAD = 256
LOG_SUM_EXP_STEP = 32  # the memory-efficient kernel rounds its log-sum-exp up to this many tokens


@torch.library.custom_op("tunesmith::flash", mutates_args=())
def flash(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    """Output (batch, heads, tokens, width) and log-sum-exp (batch, heads, tokens), float32."""
    raise NotImplementedError


@flash.register_fake
def _(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    return _laid_out_by_token(query), query.new_empty(query.shape[:-1], dtype=torch.float32)


@torch.library.custom_op("tunesmith::flash_backward", mutates_args=())
def flash_backward(
    grad: Tensor, query: Tensor, key: Tensor, value: Tensor, output: Tensor, log_sum_exp: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of queries, keys and values."""
    raise NotImplementedError


@flash_backward.register_fake
def _(
    grad: Tensor, query: Tensor, key: Tensor, value: Tensor, output: Tensor, log_sum_exp: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    return _laid_out_by_token(query), _laid_out_by_token(key), _laid_out_by_token(value)


@torch.library.custom_op("tunesmith::efficient", mutates_args=())
def efficient(query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None) -> tuple[Tensor, Tensor]:
    """As `flash`, with a mask added to the products, and for heads of any width."""
    raise NotImplementedError


@efficient.register_fake
def _(query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None) -> tuple[Tensor, Tensor]:
    batch, heads, tokens, _ = query.shape
    padded = -(-tokens // LOG_SUM_EXP_STEP) * LOG_SUM_EXP_STEP
    return _laid_out_by_token(value), query.new_empty((batch, heads, padded), dtype=torch.float32)


@torch.library.custom_op("tunesmith::efficient_backward", mutates_args=())
def efficient_backward(
    grad: Tensor, query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None, output: Tensor, log_sum_exp: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of queries, keys and values; the mask has none."""
    raise NotImplementedError


@efficient_backward.register_fake
def _(
    grad: Tensor, query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None, output: Tensor, log_sum_exp: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    return _laid_out_by_token(query), _laid_out_by_token(key), _laid_out_by_token(value)


@torch.library.custom_op("tunesmith::addmm_fp32", mutates_args=("total",))
def addmm_fp32(total: Tensor, left: Tensor, right: Tensor) -> None:
    """total (n, m), float32, += left (n, k) @ right (k, m), 16 bits, without a copy: cuBLAS does both at once."""
    raise NotImplementedError


@addmm_fp32.register_fake
def _(total: Tensor, left: Tensor, right: Tensor) -> None:
    return None


def _laid_out_by_token(like: Tensor) -> Tensor:
    """(batch, heads, tokens, width), the heads of a token side by side, as the kernels write."""
    batch, heads, tokens, width = like.shape
    return like.new_empty((batch, tokens, heads, width)).transpose(1, 2)


def _save(ctx: Any, inputs: tuple[Tensor, ...], output: tuple[Tensor, Tensor]) -> None:
    ctx.save_for_backward(*inputs, *output)


def _flash_gradients(context: Any, grad: Tensor, _: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    gradients: tuple[Tensor, Tensor, Tensor] = flash_backward(grad, *context.saved_tensors)
    return gradients


def _efficient_gradients(context: Any, grad: Tensor, _: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
    return *efficient_backward(grad, *context.saved_tensors), None


flash.register_autograd(_flash_gradients, setup_context=_save)
efficient.register_autograd(_efficient_gradients, setup_context=_save)


def card_attention(
    module: Any, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None, **options: Any
) -> tuple[Tensor, None]:
    """What transformers' `sdpa_attention_forward` does on a card."""
    query, key, value = (as_autocast(tensor) for tensor in (query, key, value))
    groups = getattr(module, "num_key_value_groups", 1)
    if groups > 1 and not use_gqa_in_sdpa(attention_mask, key, value):
        key, value = repeat_kv(key, groups), repeat_kv(value, groups)
    if attention_mask is None and query.shape[-1] == value.shape[-1] <= FLASH_WIDEST_HEAD:
        output, _ = flash(query, key, value)
    else:
        bias = None if attention_mask is None else _added(attention_mask, query.dtype)
        output, _ = efficient(query, key, value, bias)
    return output.transpose(1, 2).contiguous(), None


def _added(mask: Tensor, dtype: torch.dtype) -> Tensor:
    """A mask of truth values as one to be added, as `convert_boolean_attn_mask` makes it anew for every layer."""
    if mask.dtype is not torch.bool:
        return mask
    return torch.zeros_like(mask, dtype=dtype).masked_fill_(mask.logical_not(), float("-inf"))


for name in (CARD_SDPA, CARD_FLASH):
    ALL_ATTENTION_FUNCTIONS.register(name, card_attention)
    ALL_MASK_ATTENTION_FUNCTIONS.register(name, sdpa_mask)
