"""Curves as numbers for other programs: CSV, one row for each place at which any of them has a value."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping

import numpy as np

from core.runs.table import Column


def as_csv(along: str, curves: Mapping[str, tuple[Column, Column]]) -> bytes:
    """A table with `along` as its first column and each curve's values, to the last digit, as another.

    Args:
        curves: places (ascending) and values of each, by its name. Where one has none the field is empty.
    """
    places = np.unique(np.concatenate([xs for xs, _ in curves.values()] or [np.empty(0)]))
    columns = [_spread(places, xs, ys) for xs, ys in curves.values()]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([along, *curves])
    for number, place in enumerate(places.tolist()):
        writer.writerow([_words(place), *(_words(column[number]) for column in columns)])
    return text.getvalue().encode()


def _spread(places: Column, xs: Column, ys: Column) -> list[float]:
    """`ys` at every one of `places`, NaN where there is none."""
    spread = np.full(len(places), math.nan)
    spread[np.searchsorted(places, xs)] = ys
    return spread.tolist()


def _words(value: float) -> str:
    if not math.isfinite(value):
        return ""
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
