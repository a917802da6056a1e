"""What a sweep takes, from the pace that its first steps showed; and how much of every run a budget allows."""

from __future__ import annotations

import math
from collections.abc import Mapping

import msgspec

from core.errors import TunesmithError
from core.fit.cost import HOUR_S, training_power_w
from core.fit.prices import prices
from core.fit.values import FitMachine
from core.sweeps.halving import Course, field_sizes, rank
from core.sweeps.values import Pace, Sweep, Value, rows_a_step, steps_of

PROBE_STEPS = 8  # after so many the pace is known
FEWEST_STEPS = 16  # of a whole run; in a shorter one the warm-up is most of it
VALIDATION_SHARE = 0.1  # of a run's time, which the first steps do not show (core.engine.schedule keeps to it)


def seconds_for(money: float, machine: FitMachine) -> float:
    """How long this computer trains for `money` of electricity, in the currency of the table of prices.

    Raises:
        TunesmithError: `sweep.power_unknown`, `fit.bad_prices`.
    """
    watts, each = training_power_w(machine), prices().electricity.price_per_kwh
    if watts is None or not each:
        raise TunesmithError(
            "sweep.power_unknown",
            what="A sum of money cannot be turned into time here.",
            why="It is not known what this computer draws while it trains."
            if watts is None
            else "The price of electricity is 0.",
            remedy="Give the budget in minutes.",
            where="--money",
        )
    return money / each * 1000.0 / watts * HOUR_S


def pace_of(course: Course, changes: dict[str, Value], least: int = PROBE_STEPS) -> Pace | None:
    """The pace that a candidate with `changes` shows; None while it has not done the `least` steps."""
    if course.step < least or not course.step_s:
        return None
    return Pace(changes=changes, step_s=course.step_s, startup_s=course.startup_s, steps_total=course.steps_total)


def whole_seconds(sweep: Sweep, changes: dict[str, Value], step_s: float = 0.0) -> float:
    """What a whole run with `changes` takes, starting left out. `step_s`: what a step of this very run took; else it is
    taken from the first candidate's, by the rows in it."""
    assert sweep.pace is not None
    steps = max(1, math.floor(steps_of(sweep, changes) * sweep.kept_share))
    if step_s:
        return steps * step_s
    first = sweep.base.settings.changed(**sweep.pace.changes)
    rows = rows_a_step(sweep.base.settings.changed(**changes)) / rows_a_step(first)
    return steps * sweep.pace.step_s * rows * (1.0 + VALIDATION_SHARE)


def at_most_s(sweep: Sweep) -> float:
    """What the whole sweep takes at most: where the longest runs are those that survive, and one of them twice."""
    longest = sorted((whole_seconds(sweep, one.changes) for one in sweep.candidates), reverse=True)
    sizes = field_sizes(len(longest), sweep.rungs)
    shares = [rung - before for rung, before in zip(sweep.rungs, [0.0, *sweep.rungs], strict=False)]
    work = sum(share * sum(longest[:size]) for size, share in zip(sizes, shares, strict=True))
    return work + longest[0] + _startups_s(sweep)


def cut_to_budget(sweep: Sweep, pace: Pace) -> Sweep:
    """`sweep` with its pace known, and every run's steps cut in proportion where the budget does not allow all of them.

    Raises:
        TunesmithError: `sweep.budget_too_small`.
    """
    whole = msgspec.structs.replace(sweep, pace=pace, kept_share=1.0)
    needed, starting = at_most_s(whole), _startups_s(whole)
    if needed <= sweep.budget_s:
        return whole
    share = (sweep.budget_s - starting) / (needed - starting)
    shortest = min(steps_of(whole, one.changes) for one in sweep.candidates)
    if shortest * share >= min(FEWEST_STEPS, shortest):
        return msgspec.structs.replace(whole, kept_share=share)
    enough = starting + (needed - starting) * min(1.0, FEWEST_STEPS / shortest)
    raise TunesmithError(
        "sweep.budget_too_small",
        what=f"{_minutes(sweep.budget_s)} are too little for {len(sweep.candidates)} runs.",
        why=f"A step takes {pace.step_s:.2g} s here, and starting a run {pace.startup_s:.0f} s, so that each run would "
        f"have {max(0, math.floor(shortest * share))} steps. Fewer than {FEWEST_STEPS} show nothing.",
        remedy=f"Give at least {_minutes(60.0 * math.ceil(enough / 60.0))}, or try fewer values.",
        where=sweep.name,
    )


def left_s(sweep: Sweep, courses: Mapping[str, Course]) -> float:
    """What is still to be expected, from the paces measured so far; 0 while there is none."""
    if sweep.pace is None:
        return 0.0
    known = {run: courses.get(run, Course()) for run in [*(one.run for one in sweep.candidates), sweep.twin]}
    wholes = {one.run: whole_seconds(sweep, one.changes, known[one.run].step_s) for one in sweep.candidates}
    ranking = rank(sweep, known)
    if ranking.winner:
        twin = known[sweep.twin]
        return 0.0 if _is_through(twin, sweep) else _rest(twin, 1.0, wholes[ranking.winner], sweep.pace)
    here, place = ranking.rungs[-1], len(ranking.rungs) - 1
    waiting = [run for run in here if len(known[run].losses) <= place and not known[run].failed]
    left = sum(_rest(known[run], sweep.rungs[place], wholes[run], sweep.pace) for run in waiting)
    mean = sum(wholes[run] for run in here) / max(1, len(here))
    sizes = field_sizes(len(sweep.candidates), sweep.rungs)
    for later in range(place + 1, len(sweep.rungs)):
        share = sweep.rungs[later] - sweep.rungs[later - 1]
        left += sizes[later] * (share * mean + sweep.pace.startup_s)
    return left + mean + sweep.pace.startup_s


def _is_through(course: Course, sweep: Sweep) -> bool:
    return bool(course.failed) or len(course.losses) == len(sweep.rungs)


def _rest(course: Course, share: float, whole_s: float, pace: Pace) -> float:
    done = course.step / course.steps_total if course.steps_total else 0.0
    return max(0.0, share - done) * whole_s + pace.startup_s


def _startups_s(sweep: Sweep) -> float:
    assert sweep.pace is not None
    return (sum(field_sizes(len(sweep.candidates), sweep.rungs)) + 1) * sweep.pace.startup_s


def _minutes(seconds: float) -> str:
    minutes = seconds / 60.0
    return f"{minutes:.0f} minutes" if minutes >= 1.5 else "1 minute" if minutes >= 0.95 else f"{seconds:.0f} seconds"
