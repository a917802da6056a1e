"""The rows of a data set: what the largest batch of them comes to, and what that says of memory."""

from __future__ import annotations

import random

from core.fit.estimate import estimate
from core.fit.rows import Rows, at_length, at_longest
from core.fit.values import FitMachine
from core.models.catalogue import spec_of
from core.settings import TrainingSettings

LENGTHS = [10, 200, 30, 50, 200, 900, 40]
JOINED = TrainingSettings(max_seq_length=1024, per_device_batch_size=4, padding_free=True)


def test_the_longest_rows_are_those_that_sorting_finds() -> None:
    chance = random.Random(0)
    lengths = [chance.randint(1, 400) for _ in range(300)]
    rows = Rows(lengths)
    for limit, count in ((400, 1), (400, 16), (150, 7), (90, 1000)):
        longest = sorted((min(length, limit) for length in lengths), reverse=True)[:count]
        assert rows.longest(limit, count) == -(-sum(longest) // len(longest))


def test_joined_rows_count_together_padded_ones_as_the_longest_packed_ones_full() -> None:
    rows = Rows(LENGTHS)

    def length(**changes: object) -> int:
        return at_longest(JOINED.changed(**changes), rows).max_seq_length

    assert length() == (900 + 200 + 200 + 50) / 4 + 0.5
    assert length(max_seq_length=500) == (500 + 200 + 200 + 50) / 4 + 0.5
    assert length(padding_free=False) == 900
    assert length(padding_free=False, max_seq_length=500) == 500
    assert length(padding_free=False, packing=True) == 1024
    assert length(per_device_batch_size=1) == 900


def test_without_counted_rows_any_may_be_at_the_limit() -> None:
    for rows in (None, Rows([]), Rows(LENGTHS, guessed=True)):
        assert at_longest(JOINED, rows) is JOINED


def test_what_an_earlier_promise_counted_with_is_counted_with_again() -> None:
    def length(tokens: int, **changes: object) -> int:
        return at_length(JOINED.changed(**changes), tokens).max_seq_length

    assert (length(338), length(0), length(338, max_seq_length=128), length(3)) == (338, 1024, 128, 16)
    assert length(338, padding_free=False, packing=True) == 1024


def test_memory_is_promised_for_the_longest_rows_and_says_so(rtx_3090: FitMachine) -> None:
    spec, rows = spec_of("llama-3.1-8b-instruct"), Rows(LENGTHS)
    whole, counted = (estimate(spec, JOINED, rtx_3090, given) for given in (None, rows))
    assert (whole.row_tokens, counted.row_tokens) == (1024, 338)
    assert counted.total_bytes < whole.total_bytes
    assert sum(counted.terms.values()) == counted.total_bytes
    assert counted == estimate(spec, JOINED.changed(max_seq_length=338), rtx_3090)
