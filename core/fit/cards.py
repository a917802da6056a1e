"""The table of cards, `resources/cards.toml`: what a card of that name has, whether or not it is in this computer."""

from __future__ import annotations

import difflib
import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import msgspec

from core.errors import TunesmithError

MIB = 2**20


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table; bandwidth in GB/s, `tflops_16bit` in dense 10¹² operations a second."""

    name: str
    memory_mib: int
    bandwidth_gb_s: float
    tflops_16bit: float
    compute_capability: tuple[int, int]
    kind: Literal["home", "workstation", "data centre"]
    source: str

    @property
    def memory_bytes(self) -> int:
        """What the driver reports as the card's memory."""
        return self.memory_mib * MIB


@cache
def _document() -> dict[str, Any]:
    return tomllib.loads((files("resources") / "cards.toml").read_text(encoding="utf-8"))


@cache
def cards() -> tuple[Card, ...]:
    """Every card of the table, smallest memory first."""
    return tuple(sorted(msgspec.convert(_document()["card"], tuple[Card, ...]), key=lambda card: card.memory_mib))


@cache
def context_bytes(compute_capability: tuple[int, int] | None) -> int:
    """What the driver's context takes on a card of this capability; the largest figure where it is unknown."""
    table: dict[str, int] = _document()["context_mib"]
    major = str(compute_capability[0]) if compute_capability else ""
    return table.get(major, max(table.values())) * MIB


def _plain(name: str, *, with_memory: bool) -> str:
    """`NVIDIA GeForce RTX 3090` and `rtx3090` are the same card; so are an H100 and an `H100 80GB HBM3`."""
    words = re.split(r"[\s_-]+", name.lower())
    kept = [word for word in words if not re.fullmatch(r"nvidia|geforce|tesla|pcie|sxm\d?|hbm\d\w?|gpu", word)]
    return "".join(word for word in kept if with_memory or not re.fullmatch(r"\d+gb", word))


@cache
def card_named(name: str) -> Card | None:
    """The table's card that the driver, or a person, calls `name`; the smallest if the name leaves its memory open."""
    for with_memory in (True, False):
        wanted = _plain(name, with_memory=with_memory)
        for card in cards():
            if _plain(card.name, with_memory=with_memory) == wanted:
                return card
    return None


def known_card(name: str) -> Card:
    """The table's card called `name`.

    Raises:
        TunesmithError: `fit.unknown_card`.
    """
    card = card_named(name)
    if card is not None:
        return card
    names = [card.name for card in cards()]
    near = difflib.get_close_matches(name.upper(), names, n=3, cutoff=0.4)
    raise TunesmithError(
        "fit.unknown_card",
        what=f"Tunesmith's table has no card “{name}”.",
        why="Its memory and speed are not known here.",
        remedy=f"Did you mean {' or '.join(near)}?" if near else f"The table has: {', '.join(names)}.",
        where="--gpu",
    )
