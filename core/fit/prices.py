"""The table of prices, `resources/prices.toml`, with what a person has put over it in the data folder."""

from __future__ import annotations

import math
import tomllib
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

from core import paths
from core.errors import TunesmithError
from core.files import read_json_object, read_text, write_json
from core.fit.cards import card_named

OWN_TABLE = "prices.toml"
OWN_ELECTRICITY = "electricity.json"
HIGHEST = 10_000.0  # in any currency that one might count in
Kind = TypeVar("Kind")
Price = Annotated[float, msgspec.Meta(ge=0.0, le=HIGHEST)]


class Electricity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The price of a kilowatt-hour."""

    price_per_kwh: Price
    as_of: str = ""
    source: str = ""


class RentedCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an hour of a card of the table of cards costs at one kind of provider."""

    card: str
    provider: str
    price_per_hour: Price
    as_of: str = ""
    source: str = ""


class ApiOffer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fine-tuning service that is paid by the token trained on. `open_models`: of the sizes between the two numbers;
    else `offer` is a closed model's name."""

    offer: str
    price_per_million_tokens: Price
    open_models: bool = False
    above_parameters: int = 0
    up_to_parameters: int | None = None
    as_of: str = ""
    source: str = ""

    def takes(self, parameters: int) -> bool:
        """Whether a model of this size is within the offer."""
        return self.above_parameters < parameters <= (self.up_to_parameters or math.inf)


class Prices(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All prices, in one currency."""

    currency: str
    electricity: Electricity
    rented: tuple[RentedCard, ...]
    api: tuple[ApiOffer, ...]


def prices() -> Prices:
    """What ships, under the person's own table, under the person's own price of electricity.

    Raises:
        TunesmithError: `fit.bad_prices` where one of the person's files is not what it should be.
    """
    table, electricity = paths.data_dir() / OWN_TABLE, paths.data_dir() / OWN_ELECTRICITY
    return _prices(table, _changed_at(table), electricity, _changed_at(electricity))


def set_price_per_kwh(price: float) -> None:
    """Remember what electricity costs this person, in the table's currency.

    Raises:
        TunesmithError: `fit.bad_price`, `file.not_writable`.
    """
    if not 0 <= price <= HIGHEST:
        raise TunesmithError(
            "fit.bad_price",
            what=f"Electricity cannot cost {price:g} a kilowatt-hour.",
            why=f"The number must be between 0 and {HIGHEST:,.0f}.",
            remedy="Give what your bill says for one kWh, for example --price-per-kwh 0.31.",
            where="--price-per-kwh",
        )
    write_json(paths.data_dir() / OWN_ELECTRICITY, {"price_per_kwh": price})


def _changed_at(path: Path) -> int | None:
    return path.stat().st_mtime_ns if path.is_file() else None


@lru_cache(maxsize=8)
def _prices(table: Path, table_changed: int | None, electricity: Path, electricity_changed: int | None) -> Prices:
    """Read once for each state that the two files are in."""
    document: dict[str, Any] = tomllib.loads((files("resources") / "prices.toml").read_text(encoding="utf-8"))
    if table_changed is not None:
        document |= _own_table(table)
        unknown = [offer.card for offer in _convert(document, Prices, table).rented if card_named(offer.card) is None]
        if unknown:
            raise _bad(table, f"The table of cards has no “{unknown[0]}”.")
    if electricity_changed is not None:
        document["electricity"] = read_json_object(electricity)
        _convert(document["electricity"], Electricity, electricity)
    return msgspec.convert(document, Prices)


def _own_table(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise _bad(path, f"{error}.") from error


def _convert(document: Any, kind: type[Kind], path: Path) -> Kind:
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError as error:
        raise _bad(path, f"{error}.") from error


def _bad(path: Path, why: str) -> TunesmithError:
    return TunesmithError(
        "fit.bad_prices",
        what="Your own prices cannot be read.",
        why=why,
        remedy="Correct the file, or delete it: Tunesmith then uses the prices that ship with it.",
        where=str(path),
    )
