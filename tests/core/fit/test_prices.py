"""Prices that ship, and a person's own over them."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import paths
from core.errors import TunesmithError
from core.fit.cards import card_named
from core.fit.prices import OWN_ELECTRICITY, OWN_TABLE, prices, set_price_per_kwh


def own_table(text: str) -> Path:
    path = paths.ensure_dir(paths.data_dir()) / OWN_TABLE
    path.write_text(text, encoding="utf-8")
    return path


def test_every_price_has_its_month_and_source_and_every_card_is_known() -> None:
    table = prices()
    assert len(table.rented) >= 10
    assert len(table.api) >= 5
    for priced in (table.electricity, *table.rented, *table.api):
        assert priced.source
        assert len(priced.as_of) == len("2026-03")
    for offer in table.rented:
        card = card_named(offer.card)
        assert card is not None and card.name == offer.card
    assert {offer.provider for offer in table.rented} == {"community cloud", "data-centre cloud"}


def test_open_models_of_every_size_up_to_300b_have_one_offer() -> None:
    for billions in (0.1, 1, 8, 10, 13, 16, 32, 69, 70, 100, 109, 300):
        assert sum(one.open_models and one.takes(int(billions * 1e9)) for one in prices().api) == 1


def test_a_persons_own_price_of_electricity_is_remembered() -> None:
    set_price_per_kwh(0.31)
    assert prices().electricity.price_per_kwh == 0.31
    set_price_per_kwh(0.0)
    assert prices().electricity.price_per_kwh == 0.0
    assert len(prices().rented) >= 10


@pytest.mark.parametrize("price", [-0.1, float("nan"), float("inf"), 1e9])
def test_an_impossible_price_is_refused(price: float) -> None:
    with pytest.raises(TunesmithError) as caught:
        set_price_per_kwh(price)
    assert caught.value.code == "fit.bad_price"
    assert not (paths.data_dir() / OWN_ELECTRICITY).exists()


def test_a_persons_own_table_takes_the_place_of_what_it_names() -> None:
    own_table('currency = "EUR"\n[[rented]]\ncard = "RTX 4090"\nprovider = "a friend"\nprice_per_hour = 0.1\n')
    table = prices()
    assert (table.currency, [offer.provider for offer in table.rented]) == ("EUR", ["a friend"])
    assert len(table.api) >= 5


@pytest.mark.parametrize(
    "text",
    [
        "currency =",
        '[[rented]]\ncard = "RTX 4090"\n',
        '[[rented]]\ncard = "RTX 9999"\nprovider = "x"\nprice_per_hour = 1\n',
        '[[rented]]\ncard = "RTX 4090"\nprovider = "x"\nprice_per_hour = -1\n',
        "rented = 3",
        "rented = [3]",
        "[electricty]\nprice_per_kwh = 1",
    ],
)
def test_a_table_that_is_wrong_is_named_with_its_place(text: str) -> None:
    path = own_table(text)
    with pytest.raises(TunesmithError) as caught:
        prices()
    assert (caught.value.code, caught.value.where) == ("fit.bad_prices", str(path))


def test_a_damaged_price_of_electricity_is_named_with_its_place() -> None:
    paths.ensure_dir(paths.data_dir())
    for text in ("{", '{"price_per_kwh": "much"}'):
        (paths.data_dir() / OWN_ELECTRICITY).write_text(text)
        with pytest.raises(TunesmithError) as caught:
            prices()
        assert caught.value.where == str(paths.data_dir() / OWN_ELECTRICITY)
