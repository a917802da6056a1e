"""Plans of a model on a card: what the formulas and the rehearsals say of settings. Nothing here knows Qt."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from msgspec.structs import replace

from core.fit import rules
from core.fit.alternatives import alternatives_to
from core.fit.cost import cost_of
from core.fit.duration import duration_of
from core.fit.estimate import estimate
from core.fit.measured import measured_plan
from core.fit.prices import Prices, prices
from core.fit.rehearsed import rehearsed_plan
from core.fit.roofline import speed_of
from core.fit.rows import Rows, at_longest
from core.fit.values import (
    Alternative,
    Cost,
    DataLengths,
    Duration,
    FitMachine,
    Plan,
    PlanName,
    Recommendation,
)
from core.fit.words import format_bytes
from core.models.spec import ModelSpec
from core.settings import TrainingSettings
from core.tasks.rehearse import key_of
from desktop.plan_titles import PLAN_TITLES
from desktop.settings_history import Chosen
from desktop.state import AppState


class Place(NamedTuple):
    """What is planned for: the model, the card, and the token lengths of the data's rows (none while unknown, and
    `guessed` while only the starter's tokenizer has counted them)."""

    model: ModelSpec
    machine: FitMachine
    lengths: Sequence[int]
    guessed: bool = False

    @property
    def rows(self) -> Rows | None:
        """The rows, counted once for each data set."""
        return _rows(_Itself(self.lengths), self.guessed) if self.lengths else None

    def at_longest(self, settings: TrainingSettings) -> TrainingSettings:
        """`settings` as the deeper depths of the estimate work with them."""
        return at_longest(settings, self.rows)


class Consequences(NamedTuple):
    """What takes longer to find out than a frame. `cost` and `prices` need a data set."""

    cost: Cost | None
    prices: Prices | None
    alternatives: tuple[Alternative, ...]


def chosen(plan: Plan) -> Chosen:
    """The plan as something that was chosen."""
    return Chosen(plan.name, plan.settings)


def instant_plan(name: PlanName, settings: TrainingSettings, place: Place) -> Plan:
    """Memory, speed and time of `settings` by the formulas: a fraction of a millisecond."""
    rows = place.rows
    memory = estimate(place.model, settings, place.machine, rows)
    return Plan(
        name=name,
        settings=settings,
        memory=memory,
        speed=speed_of(place.model, place.at_longest(settings), place.machine),
        verdict=rules.verdict(memory.total_bytes, place.machine),
        reasons=[],
        duration=duration_of(place.model, settings, place.machine, rows) if rows else None,
    )


def place_of(state: AppState) -> Place | None:
    """What `state` plans for; None while the model or the card is not known."""
    if state.model is None or state.fit_machine is None:
        return None
    return Place(state.model, state.fit_machine, state.lengths, state.dataset is None)


def plan_key(state: AppState) -> str:
    """What tells the measurement of the settings of `state` from others; empty while there are none."""
    place = place_of(state)
    return _measured_key(place, state.settings) if place is not None and state.settings is not None else ""


def rehearsal_key(place: Place, settings: TrainingSettings) -> str:
    """What tells the rehearsal of `settings` in `place` from others."""
    return key_of(place.model, place.at_longest(settings), place.machine)


def _measured_key(place: Place, settings: TrainingSettings) -> str:
    return f"{place.machine.gpu} {rehearsal_key(place, settings)}"


def known_plan(plan: Plan, state: AppState, place: Place) -> Plan:
    """`plan` with the figures of its rehearsal and its measurement, where there are some that it has not yet."""
    machine = place.machine
    if plan.memory.depth == "instant" and state.rehearsals:
        rehearsal = state.rehearsals.get(rehearsal_key(place, plan.settings))
        plan = rehearsed_plan(plan, rehearsal, machine) if rehearsal is not None else plan
    if plan.memory.depth != "measured" and state.measurements and not machine.simulated:
        measurement = state.measurements.get(_measured_key(place, plan.settings))
        plan = measured_plan(plan, measurement, machine) if measurement is not None else plan
    return plan


def reviewed(found: Recommendation, state: AppState, place: Place) -> tuple[Recommendation, str]:
    """`found` after the rehearsals that are known: a plan that does not fit after all goes behind those that may; and,
    if the first one had to, why."""
    plans = [known_plan(plan, state, place) for plan in found.plans]
    ordered = sorted(plans, key=lambda plan: plan.verdict == "does_not_fit")
    better = replace(found, plans=ordered, verdict=ordered[0].verdict)
    first = plans[0]
    if ordered[0].name == first.name:
        return better, ""
    missing = format_bytes(first.memory.total_bytes - place.machine.memory_usable_bytes)
    return better, (
        f"{PLAN_TITLES[first.name]} does not fit after all: its rehearsal needs {missing} more than there is. "
        f"{PLAN_TITLES[ordered[0].name]} is proposed instead."
    )


def consequences(settings: TrainingSettings, place: Place, duration: Duration | None, fits: bool) -> Consequences:
    """Prices, and what else would work where `settings` do not fit. Takes some milliseconds.

    Raises:
        TunesmithError: `fit.bad_prices`.
    """
    rows = DataLengths(lengths=list(place.lengths), guessed=place.guessed) if place.lengths else None
    others = [] if fits else alternatives_to(place.model, settings, place.machine, rows)
    if duration is None or place.rows is None:
        return Consequences(None, None, tuple(others))
    cost = cost_of(place.model, settings, place.machine, place.rows, duration)
    return Consequences(cost, prices(), tuple(others))


class _Itself:
    """Lengths that equal themselves alone: to look at all of a large data set takes longer than a frame has."""

    def __init__(self, lengths: Sequence[int]) -> None:
        self.lengths = lengths

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and other.lengths is self.lengths

    def __hash__(self) -> int:
        return id(self.lengths)


@lru_cache(maxsize=4)
def _rows(of: _Itself, guessed: bool) -> Rows:
    return Rows(of.lengths, guessed=guessed)
