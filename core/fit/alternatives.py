"""What else would work where a plan does not fit: settings, smaller models, larger cards, rented ones, a service."""

from __future__ import annotations

import re

from msgspec.structs import replace

from core.fit import rules
from core.fit.cards import KINDS, MOST_CARDS, cards
from core.fit.cost import api_jobs, as_computed_on, rentable, rented_jobs
from core.fit.describe import article, model_name, place_name
from core.fit.duration import duration_of
from core.fit.estimate import estimate
from core.fit.fixes import fixes
from core.fit.machine import plan_for_card
from core.fit.prices import Prices, prices
from core.fit.rows import Rows, rows_of
from core.fit.values import Alternative, DataLengths, FitMachine
from core.fit.words import format_bytes, format_hours, format_price
from core.models import catalogue
from core.models.spec import ModelSpec
from core.settings import TrainingSettings

SMALLER_MODELS = 3
SAME_FAMILY = 2  # of them at most, so that there is one of another maker


def alternatives_to(
    spec: ModelSpec, settings: TrainingSettings, machine: FitMachine, lengths: DataLengths | None = None
) -> list[Alternative]:
    """Everything that would help: settings, then models, then cards to buy and to rent, then services.

    Args:
        lengths: of the data set's rows, if there is one: renting and services then have the price of the whole job.

    Raises:
        TunesmithError: `fit.bad_prices`, where the person's own prices cannot be read.
    """
    rows = rows_of(lengths)
    table = prices()
    return [
        *fixes(spec, settings, machine, rows),
        *_smaller_models(spec, settings, machine, rows),
        *_bigger_cards(spec, settings, machine, rows, table),
        *_rented(spec, settings, rows, table),
        *_services(spec, settings, machine, rows, table),
    ]


def family(name: str) -> str:
    """What models of one maker share in their names: `llama` of Llama 4 Scout, `qwen` of Qwen2.5 7B."""
    return re.match(r"[a-z]*", name.lower().rpartition("/")[2]).group()  # type: ignore[union-attr]


def _smaller_models(
    spec: ModelSpec, settings: TrainingSettings, machine: FitMachine, rows: Rows | None
) -> list[Alternative]:
    """The largest models of the catalogue that fit with the usual settings at this length, the same family first."""
    usual = settings.changed(
        quantization="nf4", double_quantization=True, per_device_batch_size=1, gradient_checkpointing=True, loss="fused"
    )
    same: list[Alternative] = []
    others: list[Alternative] = []
    for entry in reversed(catalogue.models()):
        found = same if family(entry.title) == family(spec.name) else others
        if entry.parameters >= spec.parameters or len(found) == SMALLER_MODELS:
            continue
        other = catalogue.spec_of(entry.name)
        length = min(settings.max_seq_length, other.context_length or settings.max_seq_length)
        there = usual.changed(attention=rules.attention_for(other), max_seq_length=length)
        total = estimate(other, there, machine, rows).total_bytes
        if rules.verdict(total, machine) == "fits":
            text = f"{entry.title} fits, in {format_bytes(total)}"
            found.append(Alternative(kind="smaller_model", text=text, changes={"model": entry.name}))
    kept = max(SAME_FAMILY, SMALLER_MODELS - len(others))
    return [*same[:kept], *others][:SMALLER_MODELS]


def _bigger_cards(
    spec: ModelSpec, settings: TrainingSettings, machine: FitMachine, rows: Rows | None, table: Prices
) -> list[Alternative]:
    """The smallest card of each kind that would do; else how many of the largest."""
    found: dict[str, Alternative] = {}
    for card in cards():
        if card.kind == "laptop" or card.kind in found:
            continue
        if card.memory_bytes <= machine.memory_total_bytes * machine.is_gpu:
            continue
        there = plan_for_card(card)
        if _fits(spec, settings, there, rows):
            text = f"{model_name(spec)} fits {place_name(there)} with {format_bytes(card.memory_bytes)}"
            found[card.kind] = Alternative(kind="bigger_card", text=text, changes={"gpu": card.name})
    if found:
        return [found[kind] for kind in KINDS if kind in found]
    return _several_cards(spec, settings, rows, table)


def _several_cards(spec: ModelSpec, settings: TrainingSettings, rows: Rows | None, table: Prices) -> list[Alternative]:
    """How many of the largest card would hold it, and what an hour of them costs to rent."""
    largest = cards()[-1]
    places = (plan_for_card(largest, count=count) for count in range(2, MOST_CARDS + 1))
    there = next((place for place in places if _fits(spec, settings, place, rows)), None)
    if there is None:
        return []
    text = (
        f"No single card of the table holds {model_name(spec)}. {there.gpu} would, with "
        f"{format_bytes(there.memory_total_bytes)} together, but Tunesmith trains on one card so far"
    )
    found = [Alternative(kind="bigger_card", text=text, changes={"gpu": there.gpu})]
    offers = [offer for offer in table.rented if offer.card == largest.name]
    for offer in sorted(offers, key=lambda offer: offer.price_per_hour)[:1]:
        price = there.gpu_count * offer.price_per_hour
        words = f"{format_price(price, table.currency)} an hour ({offer.as_of})"
        text = f"Renting {there.gpu} ({offer.provider}) would cost {words}"
        rented = Alternative(kind="rent", text=text, changes={"gpu": there.gpu}, price_per_hour=price)
        found.append(replace(rented, currency=table.currency))
    return found


def _fits(spec: ModelSpec, settings: TrainingSettings, there: FitMachine, rows: Rows | None) -> bool:
    total = estimate(spec, as_computed_on(there, settings), there, rows).total_bytes
    return rules.verdict(total, there) == "fits"


def _rented(spec: ModelSpec, settings: TrainingSettings, rows: Rows | None, table: Prices) -> list[Alternative]:
    """The cheapest card to rent of each kind of provider: for the job where its length is known, else by the hour."""
    found: dict[str, Alternative] = {}
    if rows is None:
        for offer, _ in rentable(spec, settings, table, rows):
            words = f"{format_price(offer.price_per_hour, table.currency)} an hour"
            rented = _rent(offer.card, offer.provider, words, offer.as_of)
            rented = replace(rented, price_per_hour=offer.price_per_hour, currency=table.currency)
            found.setdefault(offer.provider, rented)
        return list(found.values())
    for job in rented_jobs(spec, settings, rows, table):
        words = f"about {format_price(job.price, table.currency)} for {format_hours(job.hours)}"
        rented = _rent(job.card, job.provider, words, job.as_of)
        rented = replace(rented, price=job.price, hours=job.hours, price_per_hour=job.price_per_hour)
        found.setdefault(job.provider, replace(rented, currency=table.currency))
    return list(found.values())


def _rent(card: str, provider: str, price: str, as_of: str) -> Alternative:
    text = f"Rent {article(card)} {card} ({provider}): {price} ({as_of})"
    return Alternative(kind="rent", text=text, changes={"gpu": card})


def _services(
    spec: ModelSpec, settings: TrainingSettings, machine: FitMachine, rows: Rows | None, table: Prices
) -> list[Alternative]:
    """For comparison: a service that tunes open models of this size, and the cheapest that tunes a model of its own."""
    duration = duration_of(spec, settings, machine, rows) if rows else None
    found: dict[bool, Alternative] = {}
    for job in api_jobs(spec, duration.tokens if duration else 0, table):
        amount = job.price if duration else job.price_per_million_tokens
        per = "for these tokens" if duration else "a million tokens"
        which = "" if job.same_model else ", another model"
        price = format_price(amount, table.currency)
        text = f"For comparison, a fine-tuning service: {price} {per}, {job.offer}{which}"
        found.setdefault(
            job.same_model,
            Alternative(
                kind="api",
                text=f"{text} ({job.as_of})",
                price=job.price if duration else None,
                currency=table.currency,
            ),
        )
    return list(found.values())
