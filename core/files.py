"""Small JSON files, read with clear errors and written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from core.errors import TunesmithError


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise TunesmithError(
            "file.not_found",
            what="A file is missing.",
            why="There is nothing at that place.",
            remedy="Check the path.",
            where=str(path),
        ) from error
    except OSError as error:
        raise TunesmithError(
            "file.not_readable",
            what="A file cannot be read.",
            why=f"The system says: {error.strerror or error}.",
            remedy="Check that it is a file and that you may read it.",
            where=str(path),
        ) from error


def read_text(path: Path) -> str:
    """The UTF-8 text in `path`, without a byte order mark.

    Raises:
        TunesmithError: `file.not_found`, `file.not_readable`, `file.not_utf8`.
    """
    try:
        return _read(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TunesmithError(
            "file.not_utf8",
            what="A file is not UTF-8 text.",
            why=f"The byte at position {error.start:,} belongs to no UTF-8 character.",
            remedy="Save it again with the encoding UTF-8.",
            where=f"{path}, byte {error.start}",
        ) from error


def read_json_object(path: Path) -> dict[str, Any]:
    """The JSON object in `path`.

    Raises:
        TunesmithError: `file.not_found`, `file.not_readable`, `file.not_json`.
    """
    try:
        document = msgspec.json.decode(_read(path))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _not_json(path, f"{error}.") from error
    if not isinstance(document, dict):
        raise _not_json(path, "It holds no JSON object at the top.")
    return document


def _not_json(path: Path, why: str) -> TunesmithError:
    return TunesmithError(
        "file.not_json",
        what="A file is not the JSON that was expected.",
        why=why,
        remedy="Choose another file, or restore it from a copy.",
        where=str(path),
    )


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content` to `path` by way of a temporary file beside it, synced and renamed.

    Raises:
        TunesmithError: `file.not_writable`.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise TunesmithError(
            "file.not_writable",
            what="A file cannot be written.",
            why=f"The system says: {error.strerror or error}.",
            remedy="Check the free space and your write permission there.",
            where=str(path),
        ) from error


def write_json(path: Path, value: Any) -> None:
    """Write `value` (plain data or a msgspec struct) to `path` as indented JSON, whole or not at all.

    Raises:
        TunesmithError: `file.not_writable`.
    """
    write_bytes(path, msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")
