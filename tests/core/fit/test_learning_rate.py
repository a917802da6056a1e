"""A learning rate from a curve whose best rate is known."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from core.fit.learning_rate import FELL_BY, HIGHEST, LOWEST, MOST_STEPS, has_exploded, propose, rate_of

RATES = [rate_of(place, MOST_STEPS) for place in range(MOST_STEPS)]


def curve(steepest: float, lowest: float) -> list[tuple[float, float]]:
    """A loss that falls as a step of the logistic function about `steepest`, and rises beyond `lowest`."""
    return [
        (rate, 3 - 2 / (1 + (steepest / rate) ** 2) + (math.log(rate / lowest) ** 2 if rate > lowest else 0.0))
        for rate in RATES
    ]


def test_the_rates_rise_by_the_same_factor_from_the_lowest_to_the_highest() -> None:
    assert RATES[0] == LOWEST and RATES[-1] == pytest.approx(HIGHEST)
    factors = {round(high / low, 9) for low, high in pairwise(RATES)}
    assert len(factors) == 1


@pytest.mark.parametrize(("steepest", "lowest"), [(1e-4, 5e-4), (3e-4, 5e-2), (1e-3, 8e-3)])
def test_the_lower_of_the_steepest_and_a_tenth_of_the_lowest_is_proposed(steepest: float, lowest: float) -> None:
    found = propose(curve(steepest, lowest))
    assert found.steepest is not None and found.lowest is not None and found.proposed is not None
    assert found.steepest == pytest.approx(steepest, rel=0.35)
    assert found.lowest == pytest.approx(lowest, rel=0.35)
    assert found.proposed == pytest.approx(min(found.steepest, found.lowest / 10), rel=0.05)


def test_a_loss_that_never_falls_proposes_nothing() -> None:
    flat = [(rate, 2.0 + (rate * 20 if rate > 1e-3 else 0.0)) for rate in RATES]
    assert propose(flat).proposed is None
    barely = [(rate, 2.0 - 2.0 * FELL_BY * 0.5 * place / MOST_STEPS) for place, rate in enumerate(RATES)]
    assert propose(barely).proposed is None


def test_too_few_points_and_losses_that_are_no_numbers_propose_nothing() -> None:
    assert propose([(rate, 1.0) for rate in RATES[:4]]).proposed is None
    assert propose([(rate, math.nan) for rate in RATES]).proposed is None


def test_a_curve_that_ends_in_no_number_is_read_up_to_there() -> None:
    broken = [*curve(1e-4, 1e-3)[:80], (RATES[80], math.inf)]
    assert propose(broken) == propose(curve(1e-4, 1e-3)[:80])


def test_only_a_loss_far_above_the_lowest_has_exploded() -> None:
    assert not has_exploded([3.0, 2.0, 2.9])
    assert has_exploded([3.0, 2.0, 3.1])
    assert not has_exploded([8.0, 6.0, 8.5])
    assert has_exploded([3.0, math.nan])
