"""From a data file to conversations: what it is, why, and what is wrong with which row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from core.data import refusals
from core.data.formats import FORMATS, Format, UnusableRow
from core.data.formats.format import kind_of
from core.data.report import RowProblem, Turn
from core.data.sources import NumberedRow, source_of
from core.errors import TunesmithError

AUTO = "auto"
KEPT_PROBLEMS = 100
"""How many problems are kept in words; all are counted."""
DETECTION_ROWS = 100
"""How many rows are looked at to find the format: one odd row at the top must not decide."""


@dataclass(frozen=True, slots=True)
class ReadResult:
    """The usable conversations of a file.

    Attributes:
        conversations: the turns of each usable row, in the file's order.
        rows: for each of them its line (JSONL, CSV) or row (JSON, Parquet), counted from 1.
        problems: the first `KEPT_PROBLEMS` rows that cannot be used; `problem_count` counts all.
        format: the format's name; `reason` says in words why it was chosen.
        unit: `line` or `row`: what the numbers count.
    """

    conversations: list[list[Turn]]
    rows: list[int]
    problems: list[RowProblem]
    problem_count: int
    format: str
    reason: str
    unit: str


def read_conversations(path: Path, format: str = AUTO) -> ReadResult:
    """The conversations in the file `path`.

    Args:
        path: a JSONL, JSON, CSV or Parquet file.
        format: a name of `core.data.formats.FORMATS`, or `auto` to find it out from the rows' keys.

    Raises:
        TunesmithError: `data.not_found`, `data.is_folder`, `data.not_readable`, `data.empty`, `data.unknown_file_type`,
            `data.unknown_format`, `data.not_utf8`, `data.broken_line`, `data.broken_parquet`, `data.no_rows_key`,
            `data.keys_missing`, `data.no_usable_rows`.
    """
    if format != AUTO and format not in FORMATS:
        raise refusals.unknown_format(path, format, FORMATS)
    if path.is_dir():
        raise refusals.is_folder(path)
    try:
        if path.stat().st_size == 0:
            raise refusals.empty(path, "It has no bytes.")
        return _read(path, format)
    except FileNotFoundError as error:
        raise refusals.not_found(path) from error
    except OSError as error:
        raise refusals.not_readable(path, error) from error


def _read(path: Path, name: str) -> ReadResult:
    source = source_of(path)
    numbered = source.rows(path)
    first = list(islice(numbered, DETECTION_ROWS))
    if not first:
        raise refusals.empty(path)
    format, reason = _chosen(path, name, first)
    conversations: list[list[Turn]] = []
    rows: list[int] = []
    problems: list[RowProblem] = []
    problem_count = 0
    for number, turns, problem in _conversations(format, chain(first, numbered)):
        if problem:
            problem_count += 1
            if len(problems) < KEPT_PROBLEMS:
                problems.append(RowProblem(line=number, text=problem))
        else:
            conversations.append(turns)
            rows.append(number)
    if not conversations:
        raise refusals.no_usable_rows(path, problems, problem_count, source.unit)
    return ReadResult(conversations, rows, problems, problem_count, format.name, reason, source.unit)


def _conversations(format: Format, numbered: Iterator[NumberedRow]) -> Iterator[tuple[int, list[Turn], str]]:
    """For each row its number, its turns, and the problem with it (empty if there is none)."""
    for number, row in numbered:
        if not isinstance(row, dict):
            yield number, [], f"it is {kind_of(row)}, not an object with the keys of the other rows"
        elif not format.judge(row).accepted:
            yield number, [], f"{format.title} needs {format.needs}; the keys are {', '.join(row) or 'none'}"
        else:
            try:
                yield number, format.turns(row), ""
            except UnusableRow as error:
                yield number, [], str(error)


def _chosen(path: Path, name: str, first: list[NumberedRow]) -> tuple[Format, str]:
    """The format that reads most of the first rows, or the named one if it reads any, with the reason in words."""
    candidates = FORMATS.values() if name == AUTO else [FORMATS[name]]
    objects = [row for _, row in first if isinstance(row, dict)]
    counts = Counter(format.name for format in candidates for row in objects if format.judge(row).accepted)
    if not counts:
        raise _keys_missing(path, candidates, objects)
    format = max(candidates, key=lambda candidate: counts[candidate.name])
    verdict = next(verdict for row in objects if (verdict := format.judge(row)).accepted)
    return format, verdict.reason if name == AUTO else f"{verdict.reason}, and because you chose it"


def _keys_missing(path: Path, candidates: Iterable[Format], objects: list[dict[str, object]]) -> TunesmithError:
    found = list(dict.fromkeys(key for row in objects for key in row))
    return refusals.keys_missing(path, found[:20], [format.judge({}).reason for format in candidates])
