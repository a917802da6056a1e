"""JSONL: one JSON value a line. A line that is no JSON refuses the whole file, by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from core.data.sources.place import UTF8_BOM, json_error, utf8_error
from core.data.sources.source import NumberedRow, Source


def rows(path: Path) -> Iterator[NumberedRow]:
    """The rows of `path` by line; empty lines are passed over.

    Raises:
        TunesmithError: `data.broken_line`, `data.not_utf8`.
    """
    decode = msgspec.json.Decoder().decode
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            content = line.removeprefix(UTF8_BOM) if number == 1 else line
            if not content.strip():
                continue
            try:
                yield number, decode(content)
            except UnicodeDecodeError as error:
                raise utf8_error(path) from error
            except (msgspec.DecodeError, RecursionError) as error:
                _refuse_other_encodings(path, content)
                raise json_error(path, error, content, number) from error


def _refuse_other_encodings(path: Path, content: bytes) -> None:
    """A line that is not even UTF-8 is said to be that, rather than broken JSON."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise utf8_error(path) from error


SOURCE = Source(name="JSONL", suffixes=frozenset({".jsonl", ".ndjson"}), unit="line", rows=rows)
