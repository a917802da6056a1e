"""The table of cards, `resources/cards.toml`: what a card of that name has, whether or not it is in this computer."""

from __future__ import annotations

import difflib
import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

import msgspec

from core.errors import TunesmithError
from core.hardware.pcie import pcie_bytes_per_s

MIB = 2**20
MOST_CARDS = 8
CardKind = Literal["home", "laptop", "workstation", "data centre"]
KINDS: tuple[CardKind, ...] = get_args(CardKind)
_COUNTED = re.compile(r"\s*(\d{1,3})\s*[x×*]\s*(?=\D|\d{4})(.+)", re.IGNORECASE)
_NOISE = re.compile(r"nvidia|geforce|tesla|gpu|generation|graphics")


class Card(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of the table.

    Attributes:
        aliases: other names that drivers and people give it.
        bandwidth_gb_s: of its memory; `tflops_16bit` and `tops_int8`: dense products of matrices, in 10¹² operations a
            second, the first with fp32 accumulation, the second None where there are no int8 tensor cores.
        pcie_generation, pcie_lanes: of the card; what it is plugged into may give less.
        power_w: board power.
        bus_bits, data_rate_gbps, sms, boost_mhz, ops_per_sm_clock: the parts that the rates are the product of.
    """

    name: str
    aliases: tuple[str, ...] = ()
    kind: CardKind
    memory_mib: int
    bandwidth_gb_s: float
    tflops_16bit: float
    tops_int8: float | None = None
    pcie_generation: int
    pcie_lanes: int
    power_w: int
    compute_capability: tuple[int, int]
    source: str
    bus_bits: int | None = None
    data_rate_gbps: float | None = None
    sms: int | None = None
    boost_mhz: int | None = None
    ops_per_sm_clock: int | None = None

    @property
    def memory_bytes(self) -> int:
        """What the driver reports as the card's memory."""
        return self.memory_mib * MIB

    @property
    def pcie_gb_s(self) -> float:
        """What its bus carries each way, in GB/s."""
        return pcie_bytes_per_s(self.pcie_generation, self.pcie_lanes) / 1e9


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


def counted(name: str) -> tuple[int, str]:
    """How many of which card: `2x RTX 3090`, `2 × RTX 3090` and `2*RTX 3090` are two of it, `RTX 3090` is one."""
    match = _COUNTED.fullmatch(name)
    return (int(match.group(1)), match.group(2).strip()) if match else (1, name)


def counted_name(count: int, name: str) -> str:
    """The name of `count` cards together, as `counted` reads it."""
    return name if count == 1 else f"{count} × {name}"


def _plain(name: str, *, with_memory: bool) -> str:
    """`NVIDIA GeForce RTX 3090`, `rtx3090` and `3090` are the same card."""
    words = re.split(r"[\s_-]+", re.sub(r"(\d+)\s*gi?b\b", r" \1gb ", name.lower()))
    kept = [word for word in words if not _NOISE.fullmatch(word)]
    plain = "".join(word for word in kept if with_memory or not re.fullmatch(r"\d+gb", word))
    return re.sub(r"^[rg]tx(?=a?\d)", "", plain)


@cache
def card_named(name: str, memory_bytes: int | None = None) -> Card | None:
    """The table's card that the driver, or a person, calls `name`; for `2 × …` the card that there are two of.

    Args:
        name: where it leaves the memory open and the card is sold with several, the name alone is that of the smallest.
        memory_bytes: what the card is known to have, which tells those apart.
    """
    _, name = counted(name)
    wanted, loosely = _plain(name, with_memory=True), _plain(name, with_memory=False)
    same = [card for card in cards() if loosely in _names(card, with_memory=False)]
    if memory_bytes is not None:
        return min(same, key=lambda card: abs(card.memory_bytes - memory_bytes), default=None)
    exactly = [card for card in same if wanted in _names(card, with_memory=True)]
    return next(iter(exactly or same), None)


@cache
def _names(card: Card, *, with_memory: bool) -> frozenset[str]:
    return frozenset(_plain(name, with_memory=with_memory) for name in (card.name, *card.aliases))


def known_card(name: str) -> Card:
    """The table's card called `name`, which may say how many of it.

    Raises:
        TunesmithError: `fit.unknown_card`, `fit.bad_count`.
    """
    count, alone = counted(name)
    if not 1 <= count <= MOST_CARDS:
        raise TunesmithError(
            "fit.bad_count",
            what=f"Tunesmith cannot plan for {count} cards.",
            why=f"It counts 1 to {MOST_CARDS} cards of one kind.",
            remedy=f"Ask for a number between 1 and {MOST_CARDS}, for example “2x {alone}”.",
            where="--gpu",
        )
    card = card_named(alone)
    if card is not None:
        return card
    named = {card.name.lower(): card.name for card in cards()}
    near = [named[close] for close in difflib.get_close_matches(alone.lower(), named, n=3, cutoff=0.5)]
    remedy = "Give its memory with --gpu-memory instead, or name an NVIDIA card such as “RTX 3090” or “2x RTX 3090”."
    raise TunesmithError(
        "fit.unknown_card",
        what=f"Tunesmith's table has no card “{alone}”.",
        why="Its memory and speed are not known here.",
        remedy=f"Did you mean {' or '.join(near)}?" if near else remedy,
        where="--gpu",
    )
