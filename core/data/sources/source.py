"""What a kind of file gives: its rows, one after the other, each with the line or row number it stands at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

NumberedRow = tuple[int, Any]
"""The line (JSONL, CSV) or row (JSON, Parquet) counted from 1, and the row: a dict if it is usable at all."""


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of file.

    Attributes:
        name: what it is called.
        suffixes: the endings that file names have.
        unit: what its numbers count.
        rows: opens a file and gives its rows; raises `TunesmithError` while iterating.
    """

    name: str
    suffixes: frozenset[str]
    unit: Literal["line", "row"]
    rows: Callable[[Path], Iterator[NumberedRow]]
