"""Whether a checkpoint's files are still what was written: their sizes and checksums lie beside them."""

from __future__ import annotations

import json
import zipfile
import zlib
from pathlib import Path

import msgspec

from core.errors import TunesmithError
from core.files import read_json_object, write_json

FILE = "files.json"
CHUNK_BYTES = 1 << 20
HEADER_BYTES = 8  # safetensors: the length of its header, little-endian, then the header as JSON, then the tensors


class Seal(msgspec.Struct, frozen=True, kw_only=True):
    """One file as it was written."""

    size_bytes: int
    crc32: int


def seal(folder: Path) -> None:
    """Write down what the files in `folder` are.

    Raises:
        TunesmithError: `file.not_writable`.
        OSError: a file cannot be read.
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    write_json(folder / FILE, {path.relative_to(folder).as_posix(): _seal_of(path) for path in paths})


def damage(folder: Path) -> str:
    """What is wrong with the files in `folder`, in words; empty if they are as they were written. Reads all of them."""
    try:
        seals = _seals(folder)
        if seals is None:
            return _damage_of_unsealed(folder)
        for name, expected in seals.items():
            if problem := _difference(folder / name, name, expected):
                return problem
    except OSError as error:
        return f"{Path(str(error.filename or folder)).name} cannot be read ({error.strerror or error})"
    except (TunesmithError, msgspec.ValidationError):
        return f"{FILE} is no list of files"
    return ""


def sizes_are_right(folder: Path) -> bool:
    """The quick look: whether every file is there in its size. True where nothing was written down."""
    try:
        seals = _seals(folder)
        return seals is None or all((folder / n).stat().st_size == s.size_bytes for n, s in seals.items())
    except (OSError, TunesmithError, msgspec.ValidationError):
        return False


def _seals(folder: Path) -> dict[str, Seal] | None:
    if not (folder / FILE).exists():
        return None
    return msgspec.convert(read_json_object(folder / FILE), dict[str, Seal])


def _seal_of(path: Path) -> Seal:
    checksum = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            checksum = zlib.crc32(chunk, checksum)
    return Seal(size_bytes=path.stat().st_size, crc32=checksum)


def _difference(path: Path, name: str, expected: Seal) -> str:
    if not path.is_file():
        return f"{name} is missing"
    size_bytes = path.stat().st_size
    if size_bytes != expected.size_bytes:
        return f"{name} has {size_bytes:,} bytes instead of {expected.size_bytes:,}"
    return "" if _seal_of(path) == expected else f"{name} has other contents than were written"


def _damage_of_unsealed(folder: Path) -> str:
    """Of a checkpoint that an earlier Tunesmith wrote: what the formats themselves tell."""
    for path in sorted(folder.iterdir()):
        if path.suffix == ".safetensors" and not _is_whole_safetensors(path):
            return f"{path.name} is cut short"
        if path.suffix == ".pt" and not zipfile.is_zipfile(path):
            return f"{path.name} is cut short"
    return ""


def _is_whole_safetensors(path: Path) -> bool:
    size_bytes = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(HEADER_BYTES), "little")
        if HEADER_BYTES + length > size_bytes:
            return False
        try:
            header = json.loads(file.read(length))
        except ValueError:
            return False
    ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
    return HEADER_BYTES + length + max(ends, default=0) == size_bytes
