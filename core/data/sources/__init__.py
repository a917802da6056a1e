"""The kinds of file that hold rows.

To add one: write a file here that declares a `SOURCE`, and name it in the tuple below.
"""

from __future__ import annotations

from pathlib import Path

from core.data.refusals import unknown_file_type
from core.data.sources import csv_table, json_document, jsonl, parquet
from core.data.sources.source import NumberedRow, Source

SOURCES: tuple[Source, ...] = (jsonl.SOURCE, json_document.SOURCE, csv_table.SOURCE, parquet.SOURCE)

_BEGINNINGS = ((parquet.MAGIC, parquet.SOURCE), (b"[", json_document.SOURCE), (b"{", json_document.SOURCE))


def source_of(path: Path) -> Source:
    """How to read `path`: by the ending of its name, else by how it begins.

    Raises:
        TunesmithError: `data.unknown_file_type`.
    """
    for source in SOURCES:
        if path.suffix.lower() in source.suffixes:
            return source
    with path.open("rb") as file:
        beginning = file.read(1024).removeprefix(b"\xef\xbb\xbf").lstrip()
    for start, source in _BEGINNINGS:
        if beginning.startswith(start):
            return source
    raise unknown_file_type(path)


__all__ = ["SOURCES", "NumberedRow", "Source", "source_of"]
