"""What the next run takes, in rows: time, speed, money here and elsewhere; each with where its number comes from."""

from __future__ import annotations

from core.fit.cost import TRAINING_POWER_SHARE
from core.fit.describe import article
from core.fit.prices import Prices
from core.fit.values import Cost
from core.fit.words import format_hours, format_price
from desktop.pages.train_words import data_words, format_about, format_speed
from desktop.state import AppState

Row = tuple[str, str]
TIME_TIP = (
    "Steps times the time of one, by the card's rates and how much of them real training reaches, each with its source "
    "in Tunesmith's tables; hence the range. Once rehearsed, every operation of the real step is counted."
)
MOST_RENTED = 2


def forecast_rows(state: AppState) -> tuple[list[Row], dict[str, str]]:
    """The rows, and the tips of some of them."""
    rows, tips = _time_rows(state), {"Time": TIME_TIP, "Speed": TIME_TIP}
    if state.cost is not None and state.prices is not None:
        for name, value, tip in _cost_rows(state.cost, state.prices):
            rows.append((name, value))
            tips[name] = tip
    rows.append(("Data", data_words(state)))
    return rows, tips


def _time_rows(state: AppState) -> list[Row]:
    rows = []
    if (duration := state.duration) is not None:
        low, high = format_about(duration.low_s), format_about(duration.high_s)
        rows.append(("Time", f"about {format_about(duration.seconds)} ({low} to {high}), and loading the model"))
    if (speed := state.speed) is not None:
        low = format_speed(speed.low).removesuffix(" tokens/s")
        rows.append(("Speed", f"about {format_speed(speed.tokens_per_second)} ({low} to {format_speed(speed.high)})"))
    if duration is not None:
        about = "" if state.dataset is not None else "about "
        rows.append(("Length", f"{duration.steps:,} steps, {about}{duration.tokens:,} tokens"))
    return rows


def _cost_rows(cost: Cost, table: Prices) -> list[tuple[str, str, str]]:
    rows = []
    if cost.electricity is not None and cost.low is not None and cost.high is not None:
        rows.append(("Electricity", electricity_words(cost), _electricity_tip(cost, table)))
    sources = {(offer.card, offer.provider): offer.source for offer in table.rented}
    cheapest = {job.provider: job for job in reversed(cost.rented)}
    for number, job in enumerate(sorted(cheapest.values(), key=lambda job: job.price)[:MOST_RENTED]):
        card = f"{article(job.card)} {job.card}"
        words = f"{format_price(job.price, cost.currency)}, {format_hours(job.hours)} on {card} ({job.provider})"
        tip = (
            f"{format_price(job.price_per_hour, cost.currency)} an hour in {job.as_of}, starting up and downloading "
            f"the model included. Source: {sources.get((job.card, job.provider), '')}."
        )
        rows.append(("Rented" if number == 0 else "or", words, tip))
    if cost.api:
        service = cost.api[0]
        offers = {offer.offer: offer.source for offer in table.api}
        words = f"{format_price(service.price, cost.currency)} for these tokens, {service.offer}"
        each = format_price(service.price_per_million_tokens, cost.currency)
        tip = f"For comparison: {each} a million tokens in {service.as_of}. Source: {offers.get(service.offer, '')}."
        rows.append(("As a service", words, tip))
    return rows


def electricity_words(cost: Cost) -> str:
    """“about $0.02 ($0.01 to $0.04)”, “under $0.01, at most $0.02”."""
    if cost.electricity is None or cost.low is None or cost.high is None:
        return ""
    expected, low, high = (format_price(each, cost.currency) for each in (cost.electricity, cost.low, cost.high))
    if low == high:
        return expected
    return f"{expected}, at most {high}" if expected == low else f"about {expected} ({low} to {high})"


def _electricity_tip(cost: Cost, table: Prices) -> str:
    price, each = table.electricity, format_price(cost.price_per_kwh, cost.currency)
    source = f"{price.source} ({price.as_of})" if price.source else "your own"
    return (
        f"{cost.electricity_kwh or 0:.2f} kWh: the card draws about {cost.power_w or 0:.0f} W while training, "
        f"{TRAINING_POWER_SHARE:.0%} of its limit. A kWh at {each}; source of the price: {source}."
    )
