"""RateTest: how far the search for a learning rate is, and what it found."""

from __future__ import annotations

from dataclasses import dataclass

from core.events import RateFound


@dataclass(frozen=True)
class RateTest:
    """Attributes:
    running: whether a worker is at it.
    points: (learning rate, loss) so far, rates ascending.
    steps_total: rates that are tried at most; 0 while unknown.
    found: the result, once it is there.
    """

    running: bool = False
    points: tuple[tuple[float, float], ...] = ()
    steps_total: int = 0
    found: RateFound | None = None


NO_RATE_TEST = RateTest()
