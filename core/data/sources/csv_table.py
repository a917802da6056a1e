"""CSV: a header and rows, UTF-8 with or without a byte order mark, separated by commas, semicolons, tabs or bars."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from core.data.formats import FORMATS
from core.data.refusals import broken_line
from core.data.sources.place import utf8_error
from core.data.sources.source import NumberedRow, Source

DELIMITERS = ",;\t|"
LONGEST_FIELD = 2**31 - 1
"""The csv module's own limit of 131,072 characters a field would refuse long conversations."""


def rows(path: Path) -> Iterator[NumberedRow]:
    """The rows of `path` by the line they start at, keyed by the header.

    A row of another width than the header's comes as a list, which no format can use.

    Raises:
        TunesmithError: `data.broken_line`, `data.not_utf8`.
    """
    csv.field_size_limit(LONGEST_FIELD)
    delimiter = _delimiter(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        header: list[str] = []
        line = 1
        try:
            for values in reader:
                if not header:
                    header = [name.strip() for name in values]
                elif values:
                    yield line, dict(zip(header, values, strict=True)) if len(values) == len(header) else values
                line = reader.line_num + 1
        except UnicodeDecodeError as error:
            raise utf8_error(path) from error
        except csv.Error as error:
            raise broken_line(path, line, 1, f"{error} (a quotation mark is missing or too many)") from error


def _delimiter(path: Path) -> str:
    """The separator with which the header names a format's keys; failing that, the one that makes the most columns."""
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as file:
        first = next((line for line in file if line.strip()), "")

    def worth(delimiter: str) -> tuple[bool, int]:
        names = [name.strip() for name in next(csv.reader([first], delimiter=delimiter), [])]
        return any(format.judge(dict.fromkeys(names)).accepted for format in FORMATS.values()), len(names)

    return max(DELIMITERS, key=worth)


SOURCE = Source(name="CSV", suffixes=frozenset({".csv", ".tsv"}), unit="line", rows=rows)
