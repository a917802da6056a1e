"""What a run is said to cost."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from core.fit.cost import TRAINING_POWER_SHARE, cost_of, rentable
from core.fit.duration import duration_of
from core.fit.prices import prices, set_price_per_kwh
from core.fit.rows import Rows
from core.fit.values import Cost, FitMachine
from core.models import catalogue
from core.models.spec import ModelSpec
from core.settings import TrainingSettings

ROWS = Rows([500] * 2000)
SPEC = catalogue.spec_of("llama-3.1-8b-instruct")


def cost(machine: FitMachine, spec: ModelSpec = SPEC, settings: TrainingSettings | None = None) -> Cost:
    settings = settings or TrainingSettings()
    duration = duration_of(spec, settings, machine, ROWS)
    assert duration is not None
    return cost_of(spec, settings, machine, ROWS, duration)


def test_electricity_is_power_times_hours_times_price(rtx_3090: FitMachine) -> None:
    set_price_per_kwh(0.5)
    found = cost(rtx_3090)
    duration = duration_of(SPEC, TrainingSettings(), rtx_3090, ROWS)
    assert duration is not None and found.electricity is not None and found.electricity_kwh is not None
    assert found.electricity_kwh == pytest.approx(0.350 * TRAINING_POWER_SHARE * duration.seconds / 3600)
    assert found.electricity == pytest.approx(0.5 * found.electricity_kwh)
    assert found.low is not None and found.high is not None
    assert found.low < found.electricity < found.high


def test_where_the_power_is_unknown_electricity_is_not_guessed(no_card: FitMachine, rtx_3090: FitMachine) -> None:
    settings = TrainingSettings(quantization="none", compute_dtype="fp32")
    spec = catalogue.spec_of("qwen2.5-0.5b-instruct")
    for found in (cost(no_card, spec, settings), cost(replace(rtx_3090, power_limit_w=None))):
        assert (found.power_w, found.electricity, found.low, found.high) == (None, None, None, None)
        assert found.rented


def test_only_cards_that_the_job_fits_are_offered_the_cheapest_first(rtx_3090: FitMachine) -> None:
    small = cost(rtx_3090).rented
    assert [job.price for job in small] == sorted(job.price for job in small)
    assert all(job.price == pytest.approx(job.hours * job.price_per_hour) for job in small)
    large = {job.card for job in cost(rtx_3090, catalogue.spec_of("llama-3.3-70b-instruct")).rented}
    assert large < {job.card for job in small}
    assert "RTX 4090" not in large


def test_starting_and_downloading_are_paid_for_too(rtx_3090: FitMachine) -> None:
    here = duration_of(SPEC, TrainingSettings(), rtx_3090, ROWS)
    same = next(job for job in cost(rtx_3090).rented if job.card == "RTX 3090")
    assert here is not None
    assert same.hours * 3600 > here.seconds + 300


def test_an_old_card_to_rent_is_planned_for_in_its_own_number_format() -> None:
    offers = rentable(
        catalogue.spec_of("qwen2.5-0.5b-instruct"), TrainingSettings(compute_dtype="bf16"), prices(), None
    )
    assert "T4" in [offer.card for offer, _ in offers]


def test_services_count_every_epoch_and_those_of_this_size_come_first(rtx_3090: FitMachine) -> None:
    once, thrice = cost(rtx_3090, settings=TrainingSettings(epochs=1.0)), cost(rtx_3090)
    assert thrice.api[0].price == pytest.approx(3 * once.api[0].price, rel=0.01)
    assert [job.same_model for job in once.api] == [True, False, False]
