"""Table: columns of numbers that grow geometrically, so that adding to a long run costs no more than to a short one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]
FIRST_CAPACITY = 256


class Table:
    """Rows in ascending order of their first column. Adding one before the last first drops everything from there on.

    Args:
        columns: their names.
        repeats: whether rows with the same first value may follow each other; if not, the later one counts.

    Attributes:
        cuts: grows whenever rows are dropped, so that whoever derived something from them knows that it is void.
    """

    def __init__(self, columns: Sequence[str], *, repeats: bool = False) -> None:
        self.columns = tuple(columns)
        self.cuts = 0
        self._places = {name: place for place, name in enumerate(columns)}
        self._side = "right" if repeats else "left"
        self._repeats = repeats
        self._data = np.empty((len(self.columns), FIRST_CAPACITY))
        self._count = 0
        self._last = -np.inf

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, column: str) -> Column:
        """A column's values, shape (rows,). A view: copy it to keep it."""
        return self._data[self._places[column], : self._count]

    def add(self, *row: float) -> None:
        """One more row, in the place of those after its first value (and at it, without `repeats`)."""
        first = row[0]
        if first < self._last or (first == self._last and not self._repeats):
            self._keep(int(np.searchsorted(self._data[0, : self._count], first, side=self._side)))  # type: ignore[call-overload]
        if self._count == self._data.shape[1]:
            self._data = np.concatenate([self._data, np.empty_like(self._data)], axis=1)
        self._data[:, self._count] = row
        self._count += 1
        self._last = first

    def extend(self, rows: Column) -> None:
        """Many more rows, shape (columns, rows), whose first values ascend from beyond the last one here."""
        count = self._count + rows.shape[1]
        if count > self._data.shape[1]:
            grown = np.empty((len(self.columns), max(count, 2 * self._data.shape[1])))
            grown[:, : self._count] = self._data[:, : self._count]
            self._data = grown
        self._data[:, self._count : count] = rows
        self._count = count
        self._last = float(rows[0, -1])

    def cut_after(self, value: float) -> None:
        """Drop the rows beyond `value` in the first column."""
        self._keep(int(np.searchsorted(self._data[0, : self._count], value, side="right")))

    def last(self, column: str) -> float:
        """The newest value of a column, NaN if there is none."""
        return float(self._data[self._places[column], self._count - 1]) if self._count else float("nan")

    def fill(self, columns: Mapping[str, Column]) -> None:
        """Hold exactly `columns`, each of the same length, instead of what is there.

        Raises:
            ValueError, KeyError: a column is missing, is not of numbers, or has another length than the others.
        """
        given = [np.asarray(columns[name], dtype=np.float64) for name in self.columns]
        if any(column.shape != (len(given[0]),) for column in given):
            raise ValueError("The columns have different lengths.")
        self._count = len(given[0])
        self._data = np.empty((len(self.columns), max(FIRST_CAPACITY, self._count)))
        for place, column in enumerate(given):
            self._data[place, : self._count] = column
        self.cuts += 1
        self._last = float(self._data[0, self._count - 1]) if self._count else -np.inf

    def _keep(self, count: int) -> None:
        if count < self._count:
            self._count = count
            self.cuts += 1
            self._last = float(self._data[0, count - 1]) if count else -np.inf
