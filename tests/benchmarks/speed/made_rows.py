"""Rows as people's data has them: many short, a few long; random words."""

from __future__ import annotations

import random

from core.engine.rows import IGNORED, Row

MEDIAN, SPREAD = 160, 1.0  # tokens; of a log-normal distribution, whose mean is then 264
SHORTEST = 16
ASKED = 0.4  # of a row, which is not learnt from


def lengths(count: int, limit: int) -> list[int]:
    """Tokens of each row, cut at `limit`; one row reaches it, as in every large set one does."""
    chance = random.Random(5)
    found = [min(limit, max(SHORTEST, round(MEDIAN * chance.lognormvariate(0, SPREAD)))) for _ in range(count)]
    found[count // 2] = limit
    return found


def rows(count: int, limit: int, words: int) -> list[Row]:
    """Those rows, of words from 3 up to `words`."""
    chance = random.Random(6)
    made = []
    for length in lengths(count, limit):
        ids = [chance.randrange(3, words) for _ in range(length)]
        asked = round(ASKED * length)
        made.append(Row(input_ids=ids, labels=[IGNORED] * asked + ids[asked:]))
    return made
