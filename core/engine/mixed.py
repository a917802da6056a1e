"""One model answering several rows at once, some as base, some as tuned: the mixed batch.

PEFT runs the base's layers for every row and adds the adapter's output to the rows that ask for it, so both columns
share one set of weights and one pass. What then equals, token for token at temperature 0, what an answer gives alone:
in 16 bits and NF4 with bf16, everything, since those kernels compute a row the same however many there are (measured on
the processor); int8 too, if rows are of equal length, once `core.engine.row_by_row` has kept them apart. In fp32 the
processor's matrix products differ in the last bits with the number of rows, and everywhere so does attention behind
left padding, which rows of different lengths need: a token changes only where two are equally likely to within that
noise (about 1e-6 of a logit in fp32).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from core.engine.adapter import NAME
from core.engine.sampling import RowSampler
from core.events import Column
from core.requests import Sampling

Reason = Literal["end", "length", "stopped"]
ADAPTER_OF: dict[Column, str] = {"base": "__base__", "tuned": NAME}  # PEFT's names in `adapter_names`


@dataclass(frozen=True)
class BatchRow:
    """One answer to be made."""

    column: Column
    prompt: list[int]
    sampling: Sampling


@dataclass(frozen=True)
class Ids:
    """Tokens that mean something to generation."""

    ends: frozenset[int]
    padding: int


def answer(
    model: Any,
    rows: Sequence[BatchRow],
    ids: Ids,
    *,
    on_token: Callable[[int, int], None],
    on_end: Callable[[int, Reason], None],
    interrupted: Callable[[], bool],
) -> None:
    """Answer all `rows` together, each until its own end.

    Args:
        model: a PEFT model in evaluation mode; where no row is the base's, its active adapter answers.
        on_token: called with (row, token) for each token but an end token.
        on_end: called with (row, reason) once a row has ended, while others may go on.
        interrupted: asked before each token; True ends every row.
    """
    names = [ADAPTER_OF[row.column] for row in rows] if any(row.column == "base" for row in rows) else None
    samplers = [RowSampler(row.sampling, row.prompt) for row in rows]
    counts = [0] * len(rows)
    live = set(range(len(rows)))
    batch = _Batch(model, names, [row.prompt for row in rows], ids.padding)
    with torch.no_grad():  # not inference_mode: what a model keeps from a pass must serve a training, too
        while live:
            if interrupted():
                for row in sorted(live):
                    on_end(row, "stopped")
                return
            tokens = _choose(batch.logits(), samplers, live, ids.padding)
            for row in sorted(live):
                if tokens[row] in ids.ends:
                    live.discard(row)
                    on_end(row, "end")
                    continue
                counts[row] += 1
                on_token(row, tokens[row])
                if counts[row] >= rows[row].sampling.max_new_tokens:
                    live.discard(row)
                    on_end(row, "length")
            batch.push(tokens)


def _choose(logits: Tensor, samplers: list[RowSampler], live: set[int], padding: int) -> list[int]:
    """The next token of each row; rows that have ended get padding, which nobody sees."""
    likeliest: list[int] = logits.argmax(dim=-1).tolist()
    return [
        padding if row not in live else likeliest[row] if sampler.takes_likeliest else sampler.choose(logits[row])
        for row, sampler in enumerate(samplers)
    ]


class _Batch:
    """The rows' tokens so far and the model's memory of them. Prompts of different lengths are padded on the left."""

    def __init__(self, model: Any, names: list[str] | None, prompts: Sequence[list[int]], padding: int) -> None:
        self._model = model
        self._names = names
        self._cache: Any = None
        longest = max(len(prompt) for prompt in prompts)
        device = model.device
        padded = [[padding] * (longest - len(prompt)) + prompt for prompt in prompts]
        self._next = torch.tensor(padded, device=device)
        kept = [[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts]
        self._mask = torch.tensor(kept, device=device)
        self._has_padding = not bool(self._mask.all())

    def logits(self) -> Tensor:
        """float32 (rows, vocabulary): what follows the tokens so far."""
        width = self._next.shape[1]
        positions = (self._mask.cumsum(dim=-1) - 1).clamp(min=0)[:, -width:]
        output = self._model(
            input_ids=self._next,
            attention_mask=self._mask if self._has_padding else None,
            position_ids=positions,
            cache=self._cache,
            use_cache=True,
            logits_to_keep=1,
            **({"adapter_names": self._names} if self._names is not None else {}),
        )
        self._cache = output.cache
        logits: Tensor = output.logits[:, -1].float()
        return logits

    def push(self, tokens: list[int]) -> None:
        """Put one token to each row."""
        self._next = torch.tensor(tokens, device=self._mask.device)[:, None]
        self._mask = torch.cat([self._mask, self._mask.new_ones(len(tokens), 1)], dim=1)
