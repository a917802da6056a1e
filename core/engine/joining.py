"""Rows of a batch joined into one sequence, without padding."""

from __future__ import annotations

from typing import Any

from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

from core.engine.attention import Documents

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
