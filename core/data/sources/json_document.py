"""JSON: one document that is a list of rows, an object with rows under a key, a single row, or JSONL by another name.

The file is mapped, not read, and each row decoded when its turn comes, so a large one is never in memory twice.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path

import msgspec

from core.data.formats import FORMATS
from core.data.refusals import no_rows_key
from core.data.sources import jsonl
from core.data.sources.place import UTF8_BOM, first_wrong_byte, json_error, utf8_error
from core.data.sources.source import NumberedRow, Source

ROW_KEYS = ("data", "rows", "train", "examples", "items", "records", "instances")
_PEEK_BYTES = 2**16


def rows(path: Path) -> Iterator[NumberedRow]:
    """The rows of `path`, counted from 1 (by line, if it turns out to be JSONL).

    Raises:
        TunesmithError: `data.broken_line`, `data.not_utf8`, `data.no_rows_key`.
    """
    if _is_jsonl(path):
        yield from jsonl.rows(path)
        return
    with path.open("rb") as file:
        mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    content = mapped[len(UTF8_BOM) :] if mapped[: len(UTF8_BOM)] == UTF8_BOM else mapped
    decode = msgspec.json.Decoder().decode
    for number, raw in enumerate(_raw_rows(path, content), start=1):
        try:
            yield number, decode(raw)
        except UnicodeDecodeError as error:
            raise utf8_error(path) from error
        except (msgspec.DecodeError, RecursionError) as error:
            raise json_error(path, error, content) from error


def _is_jsonl(path: Path) -> bool:
    """Whether the first line is a whole object and something follows it."""
    with path.open("rb") as file:
        first = file.readline(_PEEK_BYTES).removeprefix(UTF8_BOM).strip()
        following = file.read(_PEEK_BYTES).strip()
    if not first.startswith(b"{") or not following:
        return False
    try:
        msgspec.json.decode(first)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True


def _raw_rows(path: Path, content: memoryview) -> list[msgspec.Raw]:
    try:
        if _first_character(content) == b"[":
            return msgspec.json.decode(content, type=list[msgspec.Raw])
        document = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
        for key in ROW_KEYS:
            if key in document and bytes(document[key]).lstrip().startswith(b"["):
                return msgspec.json.decode(document[key], type=list[msgspec.Raw])
    except UnicodeDecodeError as error:
        raise utf8_error(path) from error
    except (msgspec.DecodeError, RecursionError) as error:
        if first_wrong_byte(path) is not None:
            raise utf8_error(path) from error
        raise json_error(path, error, content) from error
    if any(format.judge(document).accepted for format in FORMATS.values()):
        return [msgspec.Raw(bytes(content))]
    raise no_rows_key(path, document, ROW_KEYS)


def _first_character(content: memoryview) -> bytes:
    return bytes(content[:_PEEK_BYTES]).lstrip()[:1]


SOURCE = Source(name="JSON", suffixes=frozenset({".json"}), unit="row", rows=rows)
