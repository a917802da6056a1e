"""In which order the rows are trained on: by chance from the seed, the longest early, those of like length together."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from torch.utils.data import Sampler

GROUP_STEPS = 50  # steps are cut from the rows of this many, sorted by length: lengths match, and it is still chance


class RowOrder(Sampler[int]):
    """The order of every epoch. Which rows make a step follows from seed, epoch and rows a step alone, so that a run
    resumes in it, also with fewer rows at once.

    A run takes the most memory from its second step on, when gradients and the optimiser's states are there. So the
    longest rows of all are the second step, the very longest in its second batch, and the next longest are the first:
    what does not fit fails at once, and what has passed two steps has passed them all.
    """

    def __init__(
        self, lengths: Sequence[int], *, batch_rows: int, accumulation: int, seed: int, by_length: bool
    ) -> None:
        """Order rows of `lengths` tokens, to be cut into batches of `batch_rows`, `accumulation` of them a step."""
        self._lengths = lengths
        self._batch_rows = batch_rows
        self._step_rows = batch_rows * accumulation
        self._seed = seed
        self._by_length = by_length
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Called by the loop before each epoch, the first one and a resumed one included."""
        self._epoch = epoch

    def __len__(self) -> int:
        return len(self._lengths)

    def __iter__(self) -> Iterator[int]:
        chance = random.Random(f"{self._seed} {self._epoch}")
        order = list(range(len(self._lengths)))
        chance.shuffle(order)
        early = [] if self._epoch else self._longest()
        moved = set(early)
        others = [row for row in order if row not in moved]
        return iter([*early, *(self._grouped(others, chance) if self._by_length else others)])

    def _longest(self) -> list[int]:
        """The rows of the first two steps, or of the only one."""
        size, rows = self._step_rows, self._sorted(range(len(self._lengths)))
        if len(rows) < 2 * size:
            return rows[:size]
        second, batch = rows[:size], self._batch_rows
        return [*rows[size : 2 * size], *second[batch : 2 * batch], *second[:batch], *second[2 * batch :]]

    def _grouped(self, rows: list[int], chance: random.Random) -> list[int]:
        """Steps of rows of like length, in an order of chance; the last rows, too few for a step, stay the last."""
        size, group = self._step_rows, self._step_rows * GROUP_STEPS
        whole = len(rows) // size * size
        steps: list[list[int]] = []
        for start in range(0, whole, group):
            by_length = self._sorted(rows[start : min(start + group, whole)])
            steps += [by_length[place : place + size] for place in range(0, len(by_length), size)]
        chance.shuffle(steps)
        return [row for step in [*steps, rows[whole:]] for row in step]

    def _sorted(self, rows: Sequence[int]) -> list[int]:
        return sorted(rows, key=lambda row: (-self._lengths[row], row))
