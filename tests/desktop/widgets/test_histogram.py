"""Every row is counted in exactly one column."""

from __future__ import annotations

import pytest

from desktop.widgets.histogram import MOST_BINS, bin_width, counts


@pytest.mark.parametrize("largest", [0, 1, 39, 40, 41, 999, 1000, 2047, 131_072])
def test_columns_are_of_a_round_width_and_not_too_many(largest: int) -> None:
    width = bin_width(largest)
    assert str(width).rstrip("0") in ("1", "2", "5")
    assert largest // width < MOST_BINS


def test_every_value_is_counted_once() -> None:
    values = [0, 1, 49, 50, 51, 99, 100, 1999]
    found = counts(values, 50)
    assert sum(found) == len(values)
    assert found[0] == 3
    assert found[1] == 3
    assert found[2] == 1
