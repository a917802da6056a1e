"""Choosing the next token of one row."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from core.requests import Sampling


class RowSampler:
    """Chooses one row's tokens. Its random numbers are its own, so that a row's neighbours in a batch change
    nothing."""

    def __init__(self, sampling: Sampling, prompt: Iterable[int]) -> None:
        self._sampling = sampling
        self._seen = set(prompt)
        self._generator = torch.Generator().manual_seed(sampling.seed)

    @property
    def takes_likeliest(self) -> bool:
        """Whether the choice is plain argmax, which a whole batch can share."""
        return self._sampling.temperature == 0.0 and self._sampling.repetition_penalty == 1.0

    def choose(self, logits: Tensor) -> int:
        """The next token for `logits`, float32 of shape (vocabulary,)."""
        logits = self._penalised(logits)
        if self._sampling.temperature == 0.0:
            token = int(logits.argmax())
        else:
            token = self._drawn(torch.softmax(logits / self._sampling.temperature, dim=-1).cpu())
        self._seen.add(token)
        return token

    def _penalised(self, logits: Tensor) -> Tensor:
        """Tokens seen before lose by a factor. Source: Keskar et al., CTRL, arXiv 1909.05858, section 4.1."""
        penalty = self._sampling.repetition_penalty
        if penalty == 1.0 or not self._seen:
            return logits
        index = torch.tensor(sorted(self._seen), device=logits.device)
        seen = logits[index]
        return logits.index_copy(0, index, torch.where(seen > 0, seen / penalty, seen * penalty))

    def _drawn(self, probabilities: Tensor) -> int:
        """A token from the smallest set that holds `top_p` of the mass. Source: Holtzman et al., arXiv 1904.09751,
        section 3.1."""
        ordered, tokens = probabilities.sort(descending=True)
        before = ordered.cumsum(0) - ordered
        ordered = ordered.masked_fill(before >= self._sampling.top_p, 0.0)
        ordered[0] = max(float(ordered[0]), torch.finfo(ordered.dtype).tiny)
        return int(tokens[torch.multinomial(ordered, 1, generator=self._generator)])
