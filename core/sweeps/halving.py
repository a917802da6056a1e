"""Successive halving: what is trained next, decided anew each time from what the runs have come to.

All candidates go to the first rung, the better half of them to the next, and so on; the last rung is the whole run
(Jamieson and Talwalkar, arXiv 1502.07943; here a run goes on where it stopped, so that nothing is trained twice).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.sweeps.values import Sweep

OVER_BUDGET = 1.25  # beyond so much of the budget the seeds' noise is not measured any more


@dataclass(frozen=True)
class Course:
    """How far one candidate is.

    Attributes:
        losses: the best validation loss up to each rung that was reached, in their order; nats a token.
        failed: why it cannot be trained, in words; empty if nothing is known against it.
        seconds: spent on it so far, starting included.
        step, steps_total: how many of its steps are done; 0 before it has begun.
        startup_s, step_s: what its first start took, and a step so far, validations included; 0 before that is known.
    """

    losses: tuple[float, ...] = ()
    failed: str = ""
    seconds: float = 0.0
    step: int = 0
    steps_total: int = 0
    startup_s: float = 0.0
    step_s: float = 0.0


@dataclass(frozen=True)
class Piece:
    """What is trained next: a run, up to a rung. `is_twin`: the winner's settings with another seed."""

    run: str
    rung: int
    is_twin: bool = False


@dataclass(frozen=True)
class Ranking:
    """What is known of who wins.

    Attributes:
        rungs: the candidates that came to each rung, by run.
        dropped: at which rung each of the others was dropped.
        winner: once the last rung is decided; the runner-up is the next best on it.
    """

    rungs: tuple[tuple[str, ...], ...]
    dropped: Mapping[str, int] = field(default_factory=dict)
    winner: str = ""
    runner_up: str = ""


def rungs_for(candidates: int) -> list[float]:
    """The rungs for so many: 2 → 1; 3 to 4 → 1/2, 1; 5 to 8 → 1/4, 1/2, 1. Two are left for the whole run."""
    count = max(1, math.ceil(math.log2(candidates)))
    return [2.0**-place for place in reversed(range(count))]


def field_sizes(candidates: int, rungs: Sequence[float]) -> list[int]:
    """How many come to each rung: half of those before, rounded up."""
    sizes = [candidates]
    while len(sizes) < len(rungs):
        sizes.append(math.ceil(sizes[-1] / 2))
    return sizes


def whole_runs(candidates: int, rungs: Sequence[float], *, with_twin: bool = True) -> float:
    """What the sweep costs, in whole runs: each rung the further share of all that come to it, and the twin."""
    shares = [rung - before for rung, before in zip(rungs, [0.0, *rungs], strict=False)]
    sizes = field_sizes(candidates, rungs)
    return sum(size * share for size, share in zip(sizes, shares, strict=True)) + (1.0 if with_twin else 0.0)


def rank(sweep: Sweep, courses: Mapping[str, Course]) -> Ranking:
    """Who came how far, and who won, as far as the courses decide it."""
    order = [candidate.run for candidate in sweep.candidates]
    rungs = [tuple(order)]
    dropped: dict[str, int] = {}
    for place in range(len(sweep.rungs)):
        here = rungs[-1]
        known = {run: courses[run].losses[place] for run in here if len(courses[run].losses) > place}
        if any(run not in known and not courses[run].failed for run in here):
            return Ranking(tuple(rungs), dropped)
        best = sorted(known, key=lambda run: (known[run], order.index(run)))
        if place == len(sweep.rungs) - 1:
            winner, runner_up = [*best, "", ""][:2]
            dropped |= {run: place for run in here if run not in known}
            return Ranking(tuple(rungs), dropped, winner, runner_up)
        going_on = set(best[: math.ceil(len(here) / 2)])
        dropped |= {run: place for run in here if run not in going_on}
        rungs.append(tuple(run for run in here if run in going_on))
    return Ranking(tuple(rungs), dropped)


def next_piece(sweep: Sweep, courses: Mapping[str, Course]) -> Piece | None:
    """What is trained next; None once there is nothing more to train.

    Args:
        courses: of every candidate and of the twin, by run; one that has not begun may be missing.
    """
    known = {run: courses.get(run, Course()) for run in [*(c.run for c in sweep.candidates), sweep.twin]}
    ranking = rank(sweep, known)
    last = len(sweep.rungs) - 1
    if ranking.winner:
        twin = known[sweep.twin]
        over = sum(course.seconds for course in known.values()) > OVER_BUDGET * sweep.budget_s
        if len(twin.losses) > last or twin.failed or (over and not twin.seconds):
            return None
        return Piece(sweep.twin, last, is_twin=True)
    rung = len(ranking.rungs) - 1
    waiting = [run for run in ranking.rungs[-1] if len(known[run].losses) <= rung and not known[run].failed]
    return Piece(waiting[0], rung) if waiting else None
