"""The little world: topics, their facts and their wordings, read from `world/*.toml` and `sequences.py`."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.starter import sequences

WORLD = Path(__file__).parent / "world"
ARTICLES = ("a ", "an ", "the ")
FEWEST_SHARES = 14


@dataclass(frozen=True)
class Fact:
    """One thing that is known: its fields by column name, its answer, and the words that make an answer right."""

    fields: dict[str, str]
    answer: str
    accept: tuple[str, ...]
    reject: tuple[str, ...]
    wordings: tuple[str, ...]
    held_out_wordings: tuple[str, ...]
    follow_up: str | None


@dataclass(frozen=True)
class Topic:
    """A kind of question; every fact of it is asked and answered in the same wordings.

    `shares` is how often the topic is drawn, in shares of all topics' sum: its number of facts, not below
    `FEWEST_SHARES`, unless its table says otherwise. `combinations_held_out` is false for small talk, where no wording
    is shared by several facts.
    """

    name: str
    facts: tuple[Fact, ...]
    shares: int
    combinations_held_out: bool


def sentence(text: str) -> str:
    """`text` with a capital first letter."""
    return text[0].upper() + text[1:]


def bare(phrase: str) -> str:
    """`phrase` without a leading article."""
    for article in ARTICLES:
        phrase = phrase.removeprefix(article)
    return phrase


@functools.cache
def load_world() -> tuple[Topic, ...]:
    """Every topic, in a fixed order: files by name, topics as they stand in the file."""
    tables: dict[str, dict[str, Any]] = {}
    for path in sorted(WORLD.glob("*.toml")):
        tables.update(tomllib.loads(path.read_text(encoding="utf-8")))
    gaps = tables.pop("gaps")
    for name in ("unknown", "remark"):
        tables[name]["facts"] = [[text] for text in sequences.filled(gaps[name], gaps)]
    for name, rows in sequences.computed_facts().items():
        tables[name]["facts"] = rows
    return tuple(
        Topic(
            name=name,
            facts=_facts(table),
            shares=table.get("shares", max(len(table["facts"]), FEWEST_SHARES)),
            combinations_held_out=not table.get("ways", False),
        )
        for name, table in tables.items()
    )


def _facts(table: dict[str, Any]) -> tuple[Fact, ...]:
    if table.get("ways"):
        return tuple(_spoken(table, row) for row in table["facts"])
    rows = list(table["facts"])
    if table.get("both_ways"):
        rows += [[second, first] for first, second in table["facts"]]
    everything = [_fields(table["columns"], row) for row in rows]
    templates = table.get("accept", ["{" + table["columns"][-1] + "}"])
    accepted = [_accepted(table, templates, fields, row) for fields, row in zip(everything, rows, strict=True)]
    return tuple(
        Fact(
            fields=fields,
            answer=sentence(table["answer"].format(**fields)),
            accept=accept,
            reject=_rejected(table, fields, accept, accepted),
            wordings=_fill(table["wordings"], fields),
            held_out_wordings=_fill(table.get("held_out_wordings", []), fields),
            follow_up=table["follow_up"].format(**fields) if "follow_up" in table else None,
        )
        for fields, accept in zip(everything, accepted, strict=True)
    )


def _spoken(table: dict[str, Any], row: list[Any]) -> Fact:
    """A fact of small talk: [ways to say it, ways held out, answer, keys]."""
    ways, held_out, *rest = row
    fields = _fields(table["columns"], rest)
    return Fact(fields, fields["answer"], tuple(rest[-1]), (), tuple(ways), tuple(held_out), None)


def _fields(columns: list[str], row: list[Any]) -> dict[str, str]:
    fields = {name: value for name, value in zip(columns, row, strict=True) if isinstance(value, str)}
    return fields | {f"{name}_bare": bare(value) for name, value in fields.items()}


def _fill(templates: list[str], fields: dict[str, str]) -> tuple[str, ...]:
    return tuple(sentence(template.format(**fields)) for template in templates)


def _accepted(table: dict[str, Any], templates: list[str], fields: dict[str, str], row: list[Any]) -> tuple[str, ...]:
    if "keys" in table["columns"]:
        return tuple(row[-1])
    words = tuple(template.format(**fields) for template in templates)
    if table.get("number"):
        words += tuple(sequences.DIGITS[word] for word in words if word in sequences.DIGITS)
    return words


def _rejected(
    table: dict[str, Any], fields: dict[str, str], accept: tuple[str, ...], accepted: list[tuple[str, ...]]
) -> tuple[str, ...]:
    """The other answers of a closed topic, but for the words that the question itself holds."""
    if "reject" in table:
        return tuple(template.format(**fields) for template in table["reject"])
    if not table.get("closed"):
        return ()
    own = {word.lower() for value in fields.values() for word in (value, *value.split())} | set(accept)
    rivals = {word for words in accepted for word in words if word.lower() not in own}
    return tuple(sorted(rivals))
