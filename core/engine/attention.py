"""Attention that stays inside each row where several rows are joined into one sequence.

PyTorch's own attention for sequences of varying lengths (`torch.nn.attention.varlen`: FlashAttention without its
package) serves 16-bit numbers on cards from Ampere on; elsewhere the rows are attended to one by one. Neither makes a
table of length × length, and no work goes into pairs of tokens from different rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.nn.attention.varlen import varlen_attn
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import (
    ALL_MASK_ATTENTION_FUNCTIONS,
    and_masks,
    causal_mask_function,
    eager_mask,
    packed_sequence_mask_function,
    sdpa_mask,
)
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

DOCUMENTS = "tunesmith_documents"  # the name under which transformers finds it
WIDEST_HEAD, HEAD_STEP = 256, 8  # FlashAttention 2 (flash_api.cpp, mha_varlen_fwd)
AMPERE = (8, 0)


@dataclass(frozen=True)
class Documents:
    """The rows that are joined into one sequence: tokens of each, and where each starts, with the end (rows + 1,)
    int32."""

    lengths: tuple[int, ...]
    starts: Tensor


@dataclass(frozen=True, eq=False)
class DocumentMask:
    """What a layer is handed in the place of a mask: which tokens belong together, and how far back one of them sees
    (`window` tokens, itself included; None: to its row's start)."""

    documents: Documents
    window: int | None
    _bands: dict[int, Tensor] = field(default_factory=dict)

    def within(self, length: int, device: torch.device) -> Tensor | None:
        """The mask inside one row of `length` tokens (1, 1, length, length), true where seen; None if it is merely
        causal."""
        if self.window is None or length <= self.window:
            return None
        if length not in self._bands:
            place = torch.arange(length, device=device)
            back = place[:, None] - place[None, :]
            self._bands[length] = ((back >= 0) & (back < self.window))[None, None]
        return self._bands[length]


class _Batch:
    """The joined rows of the batch at work; None where a batch is padded or of one row."""

    documents: Documents | None = None


@contextmanager
def joined(documents: Documents | None) -> Iterator[None]:
    """Within, forward and backward, models attend inside `documents`."""
    before, _Batch.documents = _Batch.documents, documents
    try:
        yield
    finally:
        _Batch.documents = before


def document_mask(
    *, local_size: int | None = None, use_vmap: bool = False, config: Any = None, **options: Any
) -> DocumentMask | Tensor | None:
    """What transformers' masks are made by: a `DocumentMask` for joined rows, or for attention in chunks a mask of
    truth values; for other batches what `sdpa` gets."""
    documents = _Batch.documents
    chunked = local_size is not None and getattr(config, "attention_chunk_size", None) is not None
    if documents is not None and not use_vmap and not chunked:
        return DocumentMask(documents, local_size)
    mask: Tensor | None = sdpa_mask(
        local_size=local_size, use_vmap=use_vmap, config=config, **_inside(documents, options)
    )
    return mask


def document_eager_mask(**options: Any) -> Tensor:
    """What eager attention gets, inside joined rows: not every family tells its mask where a row starts (gpt-oss)."""
    mask: Tensor = eager_mask(**_inside(_Batch.documents, options))
    return mask


def _inside(documents: Documents | None, options: dict[str, Any]) -> dict[str, Any]:
    """`options` of a mask that also keeps `documents` apart."""
    if documents is None:
        return options
    numbered = [torch.full((length,), number) for number, length in enumerate(documents.lengths)]
    same = packed_sequence_mask_function(torch.cat(numbered)[None].to(documents.starts.device))
    both = and_masks(options.get("mask_function", causal_mask_function), same)
    return {**options, "mask_function": both, "allow_is_causal_skip": False}


def document_attention(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: DocumentMask | Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    **options: Any,
) -> tuple[Tensor, None]:
    """What transformers calls in each layer.

    Args:
        query: (1, heads, tokens, width); `key` and `value` may have fewer heads.

    Returns:
        (1, tokens, heads, width).
    """
    if not isinstance(attention_mask, DocumentMask):
        given: tuple[Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **options
        )
        return given
    query, key, value = (as_autocast(tensor) for tensor in (query, key, value))
    if dropout == 0.0 and takes_varlen(query, value):
        return _at_once(query, key, value, attention_mask, scaling), None
    return _one_by_one(module, query, key, value, attention_mask, dropout, scaling), None


def as_autocast(tensor: Tensor) -> Tensor:
    """In the type that autocast computes in: custom operators are not among those that it casts for."""
    kind = tensor.device.type
    enabled = torch.is_autocast_enabled(kind) and tensor.dtype is torch.float32
    return tensor.to(torch.get_autocast_dtype(kind)) if enabled else tensor


def takes_varlen(query: Tensor, value: Tensor) -> bool:
    """Whether PyTorch's kernel serves these."""
    width = query.shape[-1]
    return (
        query.dtype in (torch.bfloat16, torch.float16)
        and width == value.shape[-1]
        and width <= WIDEST_HEAD
        and width % HEAD_STEP == 0
        and on_flash_card(query)
    )


def on_flash_card(tensor: Tensor) -> bool:
    """Whether `tensor` is on a card with FlashAttention's kernels."""
    return tensor.is_cuda and torch.cuda.get_device_capability(tensor.device) >= AMPERE


def _at_once(query: Tensor, key: Tensor, value: Tensor, mask: DocumentMask, scaling: float | None) -> Tensor:
    documents, longest = mask.documents, max(mask.documents.lengths)
    windowed = mask.window is not None and mask.window < longest
    output = varlen_attn(
        query[0].transpose(0, 1).contiguous(),  # the output takes its order, and would be copied to be put right
        key[0].transpose(0, 1),
        value[0].transpose(0, 1),
        documents.starts,
        documents.starts,
        longest,
        longest,
        scale=scaling,
        window_size=(mask.window - 1 if windowed and mask.window else -1, 0),
        enable_gqa=query.shape[1] != key.shape[1],
    )
    assert isinstance(output, Tensor)  # and no more, since no more is asked for
    return output.unsqueeze(0)


def _one_by_one(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: DocumentMask,
    dropout: float,
    scaling: float | None,
) -> Tensor:
    lengths = list(mask.documents.lengths)
    rows = zip(*(tensor.split(lengths, dim=2) for tensor in (query, key, value)), strict=True)
    outputs = [
        sdpa_attention_forward(
            module, *row, mask.within(row[0].shape[2], query.device), dropout=dropout, scaling=scaling
        )[0]
        for row in rows
    ]
    return torch.cat(outputs, dim=1)


ALL_ATTENTION_FUNCTIONS.register(DOCUMENTS, document_attention)
ALL_MASK_ATTENTION_FUNCTIONS.register(DOCUMENTS, document_mask)
ALL_MASK_ATTENTION_FUNCTIONS.register("eager", document_eager_mask)
