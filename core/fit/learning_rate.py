"""What a learning-rate range test says: its curve in, a proposed rate out. Smith, arXiv 1506.01186, section 3.3."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

Point = tuple[float, float]

LOWEST, HIGHEST = 1e-6, 1e-1  # the rates that are tried
MOST_STEPS, FEWEST_STEPS = 100, 25
FIRST = 5  # points whose mean is the loss before anything was learnt
REACH = 2  # points to each side that a slope is taken over
FELL_BY = 0.01  # of the loss: less of a fall is none
EXPLODED_NATS, EXPLODED_SHARE = 1.0, 0.5  # above the lowest loss by both: nothing is to be learnt from higher rates


@dataclass(frozen=True)
class Proposal:
    """`proposed`: the lower of the rate at which the loss fell fastest and a tenth of that at which it was lowest; None
    where it never fell. `steepest` and `lowest`: those two places."""

    proposed: float | None
    steepest: float | None
    lowest: float | None


def rate_of(place: int, count: int) -> float:
    """The rate at `place` (from 0) of `count`: they rise exponentially from `LOWEST` to `HIGHEST`."""
    return LOWEST * math.pow(HIGHEST / LOWEST, place / max(1, count - 1))


def has_exploded(losses: Sequence[float]) -> bool:
    """Whether the last of `losses` is so bad that higher rates need not be tried."""
    last = losses[-1]
    if not math.isfinite(last):
        return True
    lowest = min(losses)
    return last > lowest + max(EXPLODED_NATS, EXPLODED_SHARE * lowest)


def propose(points: Sequence[Point]) -> Proposal:
    """A rate from `points` of (learning rate, loss), rates ascending; losses that are no numbers are left out."""
    known = [(rate, loss) for rate, loss in points if math.isfinite(loss)]
    if len(known) < FIRST + REACH:
        return Proposal(None, None, None)
    smooth = [_mean([loss for _, loss in known[max(0, i - 1) : i + 2]]) for i in range(len(known))]
    bottom = min(range(len(smooth)), key=lambda place: smooth[place])
    before = _mean(smooth[:FIRST])
    if before - smooth[bottom] < FELL_BY * abs(before):
        return Proposal(None, None, None)
    slopes = {
        place: (smooth[place + REACH] - smooth[place - REACH])
        / math.log(known[place + REACH][0] / known[place - REACH][0])
        for place in range(REACH, min(bottom + 1, len(smooth) - REACH))
    }
    steep = min(slopes, key=lambda place: slopes[place]) if slopes else bottom
    steepest, lowest = known[steep][0], known[bottom][0]
    return Proposal(float(f"{min(steepest, lowest / 10):.2g}"), steepest, lowest)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
