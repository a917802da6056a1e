"""A curve's numbers, in arrays that grow geometrically: adding to a long run costs no more than to a short one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FIRST_CAPACITY = 256


class Series:
    """Points with strictly ascending x. Adding one at or before the last first drops everything from there on."""

    def __init__(self) -> None:
        self._x: NDArray[np.float64] = np.empty(FIRST_CAPACITY)
        self._y: NDArray[np.float64] = np.empty(FIRST_CAPACITY)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def x(self) -> NDArray[np.float64]:
        """The steps, shape (n,). A view: copy it to keep it."""
        return self._x[: self._count]

    @property
    def y(self) -> NDArray[np.float64]:
        """The values, shape (n,). A view: copy it to keep it."""
        return self._y[: self._count]

    def add(self, x: float, y: float) -> None:
        """One more point, in the place of those at and after `x` if there are any."""
        if self._count and x <= self._x[self._count - 1]:
            self._count = int(np.searchsorted(self.x, x))
        if self._count == len(self._x):
            self._x = np.concatenate([self._x, np.empty_like(self._x)])
            self._y = np.concatenate([self._y, np.empty_like(self._y)])
        self._x[self._count] = x
        self._y[self._count] = y
        self._count += 1

    def cut_after(self, x: float) -> None:
        """Drop the points beyond `x`."""
        self._count = int(np.searchsorted(self.x, x, side="right"))


class SmoothedSeries(Series):
    """The exponential moving average of what is added, corrected for its start as in Adam (arXiv:1412.6980, section 3).

    Args:
        keep: how much of the average stays at each point, 0 to 1.
    """

    def __init__(self, keep: float = 0.8) -> None:
        super().__init__()
        self._keep = keep

    def add(self, x: float, y: float) -> None:
        """One more raw value; what is kept is the average so far."""
        before = int(np.searchsorted(self.x, x))
        uncorrected = float(self._y[before - 1]) * (1 - self._keep**before) if before else 0.0
        uncorrected = self._keep * uncorrected + (1 - self._keep) * y
        super().add(x, uncorrected / (1 - self._keep ** (before + 1)))
