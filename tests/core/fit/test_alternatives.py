"""What else would work where a model does not fit."""

from __future__ import annotations

from core.fit.alternatives import alternatives_to, family
from core.fit.cards import known_card
from core.fit.prices import prices
from core.fit.values import Alternative, DataLengths, FitMachine
from core.models import catalogue
from core.settings import TrainingSettings

SPEC = catalogue.spec_of("llama-3.3-70b-instruct")


def of_kind(kind: str, found: list[Alternative]) -> list[Alternative]:
    return [one for one in found if one.kind == kind]


def test_models_of_the_same_family_come_first_the_largest_first(rtx_3090: FitMachine) -> None:
    models = of_kind("smaller_model", alternatives_to(SPEC, TrainingSettings(), rtx_3090))
    found = [catalogue.named(one.changes["model"]) for one in models]
    assert [family(entry.title) == "llama" for entry in found if entry] == [True, True, False]
    assert found[0] and found[1] and found[0].parameters > found[1].parameters
    assert family("meta-llama/Llama-4-Scout") == family("Llama 3.1 8B") == "llama"


def test_each_card_that_is_named_does_hold_it(rtx_3090: FitMachine) -> None:
    cards = of_kind("bigger_card", alternatives_to(SPEC, TrainingSettings(), rtx_3090))
    assert cards
    for one in cards:
        assert known_card(one.changes["gpu"]).memory_bytes > rtx_3090.memory_total_bytes
    kinds = [known_card(one.changes["gpu"]).kind for one in cards]
    assert len(kinds) == len(set(kinds))
    assert "laptop" not in kinds


def test_renting_costs_by_the_hour_until_the_data_says_how_long(rtx_3090: FitMachine) -> None:
    by_hour = of_kind("rent", alternatives_to(SPEC, TrainingSettings(), rtx_3090))
    assert all(one.price is None and one.price_per_hour and "an hour" in one.text for one in by_hour)
    lengths = DataLengths(lengths=[500] * 1000)
    whole = of_kind("rent", alternatives_to(SPEC, TrainingSettings(), rtx_3090, lengths))
    assert all(one.price and one.hours and one.currency == "USD" for one in whole)


def test_a_service_that_tunes_another_model_says_so(rtx_3090: FitMachine) -> None:
    first, other = of_kind("api", alternatives_to(SPEC, TrainingSettings(), rtx_3090))
    assert "another model" in other.text and "another model" not in first.text
    assert all(one.text.startswith("For comparison") for one in (first, other))


def test_what_no_card_holds_is_said_with_how_many_would(rtx_3090: FitMachine) -> None:
    found = alternatives_to(SPEC, TrainingSettings(quantization="none", max_seq_length=65_536), rtx_3090)
    (several,) = of_kind("bigger_card", found)
    assert "No single card" in several.text and "one card so far" in several.text
    count, name = several.changes["gpu"].split(" × ")
    (rent,) = of_kind("rent", found)
    hour = min(offer.price_per_hour for offer in prices().rented if offer.card == name)
    assert int(count) > 1
    assert rent.price_per_hour == int(count) * hour
