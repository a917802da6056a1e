"""What a format is: it judges a row's keys, with its reason in words, and turns a row into a conversation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.data.report import Turn

Row = Mapping[str, Any]


class UnusableRow(Exception):
    """A row cannot be used; the text says why, in words that fit after “line 17: ”."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a format reads rows with certain keys, and why."""

    accepted: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write a conversation as a row.

    Attributes:
        name: its stable name in jobs and on the command line.
        title: its name for the person.
        needs: the keys that it needs, in words.
        keys: every key that it looks at; a file with columns is read no further than these.
        judge: accepts or declines a row by its keys.
        turns: a row's conversation; raises `UnusableRow`.
    """

    name: str
    title: str
    needs: str
    keys: frozenset[str]
    judge: Callable[[Row], Verdict]
    turns: Callable[[Row], list[Turn]]


def accept(title: str, *keys: str) -> Verdict:
    """The verdict of a format that found its keys."""
    if len(keys) == 1:
        return Verdict(True, f"{title}, because the column {keys[0]} is there")
    return Verdict(True, f"{title}, because the columns {', '.join(keys[:-1])} and {keys[-1]} are there")


def decline(title: str, needs: str) -> Verdict:
    """The verdict of a format that misses a key."""
    return Verdict(False, f"{title} needs {needs}")


def text_of(row: Row, key: str, *, may_be_empty: bool = False) -> str:
    """The text under `key`; a missing or null value is an empty one.

    Raises:
        UnusableRow: if it is no text, or empty where it must not be.
    """
    value = row.get(key)
    if value is None:
        value = ""
    if not isinstance(value, str):
        raise UnusableRow(f"{key} is {kind_of(value)}, not text")
    if not value.strip() and not may_be_empty:
        raise UnusableRow(f"{key} is empty")
    return value


def kind_of(value: object) -> str:
    """What a JSON value is, in words."""
    kinds: dict[type, str] = {
        bool: "a truth value",
        int: "a number",
        float: "a number",
        str: "text",
        list: "a list",
        dict: "an object",
        type(None): "null",
    }
    return kinds.get(type(value), f"a value of the type {type(value).__name__}")
