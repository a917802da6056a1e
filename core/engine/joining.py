"""Rows of a batch joined into one sequence, without padding."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import torch
from torch import Tensor
from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

from core.engine.attention import Documents
from core.settings import TrainingSettings

PACKED_ROW = 256  # tokens: what a row of a packed sequence is taken for where no data is looked at
LENGTHS = "document_lengths"
STARTS = "cu_seq_lens_q"
FOR_FLASH = ("cu_seq_lens_q", "cu_seq_lens_k", "max_length_q", "max_length_k")


class Joiner(DataCollatorForLanguageModeling):
    """trl's collator of joined rows: `input_ids`, `labels` (the first of each row left out of the loss) and
    `position_ids` that start anew in each row, all (1, tokens); besides, what attention needs to know of the rows."""

    def torch_call(self, examples: list[dict[str, Any]]) -> dict[str, Any]:
        """One batch; `document_lengths` is a tuple of numbers, which is not moved to the card."""
        batch: dict[str, Any] = super().torch_call(examples)
        del batch["seq_idx"]
        batch[LENGTHS] = tuple(batch[STARTS].diff().tolist())
        return batch


def joins(settings: TrainingSettings) -> bool:
    """Whether the rows of a batch are one sequence."""
    return settings.packing or settings.padding_free


def lengths_at_most(settings: TrainingSettings) -> tuple[int, ...]:
    """The rows of a full joined batch: all at the limit, or as many of a usual length as are packed into that."""
    limit = settings.max_seq_length
    if not settings.packing:
        return (limit,) * settings.per_device_batch_size
    whole, rest = divmod(limit, PACKED_ROW)
    return ((PACKED_ROW,) * whole + ((rest,) if rest else ())) * settings.per_device_batch_size


def batch_of(tokens: Tensor, labels: Tensor, lengths: tuple[int, ...]) -> dict[str, Any]:
    """A joined batch as `Joiner` makes it, of rows of `lengths` that follow each other in `tokens` and `labels`,
    both (1, tokens)."""
    return {
        "input_ids": tokens,
        "labels": labels,
        "position_ids": torch.cat([torch.arange(length) for length in lengths])[None],
        STARTS: torch.tensor([0, *accumulate(lengths)], dtype=torch.int32),
        LENGTHS: lengths,
    }


def take_documents(batch: dict[str, Any], *, for_flash: bool) -> Documents | None:
    """Take out of `batch` what the model itself is not given; None if its rows are not joined.

    Args:
        for_flash: leave what the flash-attention package asks for.
    """
    lengths = batch.pop(LENGTHS, None)
    if lengths is None:
        return None
    documents = Documents(lengths, batch[STARTS])
    if not for_flash:
        for name in FOR_FLASH:
            batch.pop(name, None)
    return documents
