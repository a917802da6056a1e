from __future__ import annotations

import msgspec
import pytest

from core.errors import TunesmithError
from core.fit.machine import plan_for
from core.sweeps.budget import at_most_s, cut_to_budget, left_s, pace_of, seconds_for
from core.sweeps.halving import Course
from core.sweeps.values import Candidate, Pace, Sweep, steps_of
from tests.core.fit.conftest import a_machine
from tests.core.sweeps.test_halving import sweep_of

PACE = Pace(changes={"lora_rank": 4}, step_s=1.0, startup_s=10.0, steps_total=100)


def with_budget(seconds: float, sweep: Sweep | None = None) -> Sweep:
    return msgspec.structs.replace(sweep or sweep_of(4), budget_s=seconds)


def test_a_budget_that_is_enough_cuts_nothing() -> None:
    cut = cut_to_budget(with_budget(3600.0), PACE)
    assert cut.kept_share == 1.0
    assert cut.settings_of({"lora_rank": 4}).max_steps == 0
    assert at_most_s(cut) == pytest.approx((4 * 0.5 + 2 * 0.5 + 1) * 100 * 1.1 + 7 * 10)


def test_where_it_is_not_every_run_is_cut_in_proportion_and_the_whole_keeps_to_it() -> None:
    sweep = msgspec.structs.replace(
        sweep_of(2),
        vary={"epochs": [1.0, 3.0]},
        candidates=[Candidate(run="s-1", changes={"epochs": 1.0}), Candidate(run="s-2", changes={"epochs": 3.0})],
    )
    pace = msgspec.structs.replace(PACE, changes={"epochs": 1.0})
    cut = cut_to_budget(with_budget(400.0, sweep), pace)
    one, three = (cut.settings_of({"epochs": epochs}).max_steps for epochs in (1.0, 3.0))
    assert 0 < one < 100 and three == pytest.approx(3 * one, abs=3)
    assert at_most_s(cut) <= 400.0
    assert at_most_s(cut) == pytest.approx(400.0, rel=0.02)


def test_a_budget_for_next_to_no_steps_is_refused_with_one_that_is_enough() -> None:
    with pytest.raises(TunesmithError) as caught:
        cut_to_budget(with_budget(75.0), PACE)
    assert caught.value.code == "sweep.budget_too_small"
    assert "at least 3 minutes" in caught.value.remedy
    assert cut_to_budget(with_budget(180.0), PACE).kept_share > 0.16


def test_larger_steps_are_fewer_and_take_longer() -> None:
    sweep = msgspec.structs.replace(sweep_of(2), pace=PACE)
    assert steps_of(sweep, {"per_device_batch_size": 2}) == 50
    assert steps_of(sweep, {"epochs": 1.5}) == 50


def test_the_pace_is_known_after_some_steps() -> None:
    early, known = Course(step=3, step_s=1.0), Course(step=9, step_s=1.5, steps_total=40, startup_s=4.0)
    assert pace_of(early, {}) is None
    assert pace_of(known, {}) == Pace(changes={}, step_s=1.5, startup_s=4.0, steps_total=40)


def test_what_is_left_shrinks_to_nothing_as_it_goes_on() -> None:
    sweep = cut_to_budget(with_budget(3600.0), PACE)
    courses: dict[str, Course] = {}
    lefts = [left_s(sweep, courses)]
    for run in ("s-1", "s-2", "s-3", "s-4"):
        courses[run] = Course((0.5,), step=50, steps_total=100, step_s=1.0)
        lefts.append(left_s(sweep, courses))
    for run in ("s-1", "s-2"):
        courses[run] = Course((0.5, 0.5), step=100, steps_total=100, step_s=1.0)
        lefts.append(left_s(sweep, courses))
    courses[sweep.twin] = Course((0.5, 0.5), step=100, steps_total=100)
    lefts.append(left_s(sweep, courses))
    assert lefts == sorted(lefts, reverse=True)
    assert lefts[-1] == 0.0 and lefts[-2] == pytest.approx(110.0)


def test_money_is_time_at_what_the_card_draws() -> None:
    card = plan_for(a_machine(), "RTX 3090")
    seconds = seconds_for(1.0, card)
    assert 0 < seconds < 100 * 3600
    assert seconds_for(2.0, card) == pytest.approx(2 * seconds)
    with pytest.raises(TunesmithError) as caught:
        seconds_for(1.0, plan_for(a_machine()))
    assert caught.value.code == "sweep.power_unknown"
