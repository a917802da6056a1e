"""What a run costs: electricity here, the same job on a rented card, the same tokens at a fine-tuning service."""

from __future__ import annotations

import msgspec

from core.fit import rules
from core.fit.cards import known_card
from core.fit.duration import duration_of
from core.fit.estimate import estimate
from core.fit.machine import plan_for_card
from core.fit.prices import Prices, RentedCard, prices
from core.fit.rows import Rows
from core.fit.values import ApiJob, Cost, Duration, FitMachine, RentedJob
from core.models.spec import ModelSpec
from core.settings import TrainingSettings

HOUR_S = 3600.0
# Of the power limit, while training: an assumption. Products of matrices run at the limit; waiting and the kernels that
# only move memory draw less.
TRAINING_POWER_SHARE = 0.85
RENTED_STARTUP_S = 300.0  # until a rented machine has started and holds the libraries: an assumption
RENTED_DOWNLOAD_BYTES_PER_S = 100e6  # of the model, in a data centre: an assumption


def cost_of(spec: ModelSpec, settings: TrainingSettings, machine: FitMachine, rows: Rows, duration: Duration) -> Cost:
    """What training for `duration` costs, here and elsewhere.

    Raises:
        TunesmithError: `fit.bad_prices`.
    """
    table = prices()
    each, watts = table.electricity.price_per_kwh, training_power_w(machine)
    kwh = [None if watts is None else watts * s / HOUR_S / 1000 for s in _range(duration)]
    price = [None if energy is None else energy * each for energy in kwh]
    return Cost(
        currency=table.currency,
        price_per_kwh=each,
        power_w=watts,
        electricity_kwh=kwh[0],
        electricity=price[0],
        low=price[1],
        high=price[2],
        rented=rented_jobs(spec, settings, rows, table),
        api=api_jobs(spec, duration.tokens, table),
    )


def training_power_w(machine: FitMachine) -> float | None:
    """What the card draws while training; of several that share the layers, one is at work at a time."""
    return None if machine.power_limit_w is None else TRAINING_POWER_SHARE * machine.power_limit_w


def _range(duration: Duration) -> tuple[float, float, float]:
    return duration.seconds, duration.low_s, duration.high_s


def rentable(
    spec: ModelSpec, settings: TrainingSettings, table: Prices, rows: Rows | None
) -> list[tuple[RentedCard, FitMachine]]:
    """The cards to rent that `settings` fit, an hour of the cheapest first, as places to plan for."""
    found = []
    for offer in sorted(table.rented, key=lambda offer: offer.price_per_hour):
        there = plan_for_card(known_card(offer.card))
        total = estimate(spec, as_computed_on(there, settings), there, rows).total_bytes
        if rules.verdict(total, there) != "does_not_fit":
            found.append((offer, there))
    return found


def rented_jobs(spec: ModelSpec, settings: TrainingSettings, rows: Rows, table: Prices) -> list[RentedJob]:
    """The same job on each card to rent that it fits, the cheapest first."""
    jobs = []
    for offer, there in rentable(spec, settings, table, rows):
        duration = duration_of(spec, as_computed_on(there, settings), there, rows)
        if duration is not None:
            overhead_s = RENTED_STARTUP_S + spec.weights_bytes / RENTED_DOWNLOAD_BYTES_PER_S
            hours = (duration.seconds + overhead_s) / HOUR_S
            jobs.append(
                RentedJob(
                    card=offer.card,
                    provider=offer.provider,
                    hours=hours,
                    price=hours * offer.price_per_hour,
                    price_per_hour=offer.price_per_hour,
                    as_of=offer.as_of,
                )
            )
    return sorted(jobs, key=lambda job: job.price)


def api_jobs(spec: ModelSpec, tokens: int, table: Prices) -> list[ApiJob]:
    """The same tokens at each service that takes a model of this size, or that tunes a model of its own."""
    jobs = [
        ApiJob(
            offer=offer.offer,
            same_model=offer.open_models,
            price=tokens / 1e6 * offer.price_per_million_tokens,
            price_per_million_tokens=offer.price_per_million_tokens,
            as_of=offer.as_of,
        )
        for offer in table.api
        if not offer.open_models or offer.takes(spec.parameters)
    ]
    return sorted(jobs, key=lambda job: (not job.same_model, job.price))


def as_computed_on(machine: FitMachine, settings: TrainingSettings) -> TrainingSettings:
    """`settings` in the number format that `machine` computes in."""
    return msgspec.structs.replace(settings, compute_dtype=rules.compute_dtype_for(machine))
