"""In which order rows are met: the longest early, like lengths together, the same after a resume."""

from __future__ import annotations

import random
from statistics import mean

import pytest

from core.engine.order import RowOrder

CHANCE = random.Random(4)
LENGTHS = [round(CHANCE.lognormvariate(4.5, 0.9)) for _ in range(203)]


def batched(rows: list[int], size: int) -> list[list[int]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def order(
    epoch: int = 0, *, batch_rows: int = 2, accumulation: int = 4, seed: int = 1, by_length: bool = False
) -> list[int]:
    made = RowOrder(LENGTHS, batch_rows=batch_rows, accumulation=accumulation, seed=seed, by_length=by_length)
    made.set_epoch(epoch)
    assert len(made) == len(LENGTHS)
    return list(made)


@pytest.mark.parametrize("by_length", [False, True])
@pytest.mark.parametrize("epoch", [0, 3])
def test_every_row_is_met_once_an_epoch(epoch: int, by_length: bool) -> None:
    assert sorted(order(epoch, by_length=by_length)) == list(range(len(LENGTHS)))


@pytest.mark.parametrize(("batch_rows", "accumulation"), [(2, 4), (8, 1), (1, 8)])
def test_memory_is_at_its_height_in_the_second_step(batch_rows: int, accumulation: int) -> None:
    batches = batched(order(batch_rows=batch_rows, accumulation=accumulation), batch_rows)
    padded = [len(batch) * max(LENGTHS[row] for row in batch) for batch in batches]
    joined = [sum(LENGTHS[row] for row in batch) for batch in batches]
    second = accumulation + (1 if accumulation > 1 else 0)
    assert padded[second] == max(padded) and joined[second] == max(joined)
    assert joined[0] == max(joined[:accumulation] + joined[2 * accumulation :]), "the first batch is nearly as large"


def test_a_run_of_less_than_two_steps_meets_the_longest_first() -> None:
    few = RowOrder([3, 9, 5, 1, 2], batch_rows=2, accumulation=2, seed=1, by_length=False)
    assert list(few)[:2] == [1, 2]


def test_epochs_and_seeds_differ_and_each_is_always_the_same() -> None:
    assert order() == order()
    assert len({tuple(order(1)), tuple(order(2)), tuple(order(1, seed=2))}) == 3


@pytest.mark.parametrize("by_length", [False, True])
def test_with_fewer_rows_at_once_a_step_is_of_the_same_rows(by_length: bool) -> None:
    for epoch in (0, 1):
        steps = [
            [set(step) for step in batched(order(epoch, batch_rows=b, accumulation=8 // b, by_length=by_length), 8)]
            for b in (8, 4, 1)
        ]
        assert steps[0] == steps[1] == steps[2]


def test_like_lengths_together_leave_little_padding() -> None:
    def wasted(rows: list[int]) -> float:
        return mean(1 - mean(LENGTHS[r] for r in b) / max(LENGTHS[r] for r in b) for b in batched(rows, 8))

    assert wasted(order(1, by_length=True)) < 0.2 < 0.4 < wasted(order(1))
