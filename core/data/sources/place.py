"""From a decoder's complaint to a line and a column."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

import msgspec

from core.data.refusals import broken_line, not_utf8
from core.errors import TunesmithError

UTF8_BOM = b"\xef\xbb\xbf"
_CHUNK_BYTES = 2**20
_AT_BYTE = re.compile(r"^(?:JSON is malformed: )?(.*?) \(byte (\d+)\)$")


def json_error(path: Path, error: Exception, content: bytes | memoryview, first_line: int = 1) -> TunesmithError:
    """The refusal for what msgspec said about `content`, which begins at `first_line` of the file."""
    match = _AT_BYTE.match(str(error))
    if match:
        why, position = match[1], int(match[2])
    elif isinstance(error, msgspec.DecodeError):
        why, position = "it ends in the middle", len(bytes(content).rstrip())
    else:
        why, position = "it is nested too deeply", 0
    before = bytes(content[:position])
    line_start = before.rfind(b"\n") + 1
    column = len(before[line_start:].decode("utf-8", errors="replace")) + 1
    return broken_line(path, first_line + before.count(b"\n"), column, f"{why}, so it is no JSON")


def first_wrong_byte(path: Path) -> int | None:
    """The position of the first byte of `path` that is not UTF-8, or None if all are."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    position = 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK_BYTES)
            pending = len(decoder.getstate()[0])
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return position - pending + error.start
            if not chunk:
                return None
            position += len(chunk)


def utf8_error(path: Path) -> TunesmithError:
    """The refusal for a file in which some byte is known not to be UTF-8."""
    return not_utf8(path, first_wrong_byte(path) or 0)
