"""Safetensors headers: names, types and shapes of a model's tensors, read without loading a weight.

The format (https://github.com/huggingface/safetensors, "Format"): eight bytes with the header's length N, little-endian
first; N bytes of JSON, name → {dtype, shape, data_offsets}; then the data, which the offsets cover without holes. Every
number is checked against the file's size before it is believed.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import msgspec

from core.errors import TunesmithError
from core.files import read_json_object

DTYPE_BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16,
    "I32": 32, "U32": 32, "F32": 32, "I64": 64, "U64": 64, "F64": 64, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "C64": 64,
}  # fmt: skip
LARGEST_HEADER_BYTES = 100_000_000  # the format's own limit
SINGLE_FILE = "model.safetensors"
INDEX_FILE = "model.safetensors.index.json"

Tensors = dict[str, tuple[str, tuple[int, ...]]]
"""Name → (type as safetensors names it, shape)."""


def read_tensors(folder: Path) -> tuple[Tensors, int]:
    """(every tensor of the model in `folder`, bytes of its weight files); nothing and 0 where it has no safetensors.

    Raises:
        TunesmithError: `model.bad_header`, `model.missing_shard`, `file.not_json`.
    """
    files = weight_files(folder)
    tensors: Tensors = {}
    for file in files:
        tensors |= read_header(file)
    return tensors, sum(file.stat().st_size for file in files)


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files that make up the model in `folder`: one, or the shards that its index names.

    Raises:
        TunesmithError: `model.missing_shard`, `model.bad_header`, `file.not_json`.
    """
    index = folder / INDEX_FILE
    if index.is_file():
        return _shards(folder, index)
    if (folder / SINGLE_FILE).is_file():
        return [folder / SINGLE_FILE]
    if sorted(folder.glob("model-*-of-*.safetensors")):
        raise _missing(
            INDEX_FILE, "The weights are in several files, and the index that says which is missing.", folder
        )
    return []


def _shards(folder: Path, index: Path) -> list[Path]:
    weight_map = read_json_object(index).get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise bad_header(index, "It names no weights.")
    names = sorted({str(name) for name in weight_map.values()})
    for name in names:
        if Path(name).name != name:
            raise bad_header(index, f"It points outside the model's folder: {name}.")
        if not (folder / name).is_file():
            raise _missing(name, f"The index names {len(names)} files of weights, and this one is not there.", folder)
    return [folder / name for name in names]


def read_header(file: Path) -> Tensors:
    """The tensors that `file` declares.

    Raises:
        TunesmithError: `model.bad_header` if anything in it cannot be true of a file of this size.
    """
    size = file.stat().st_size
    with file.open("rb") as stream:
        start = stream.read(8)
        length = int.from_bytes(start, "little")
        if len(start) < 8 or length > min(size - 8, LARGEST_HEADER_BYTES) or length < 2:
            raise bad_header(file, f"It claims a header of {length:,} bytes in a file of {size:,}.")
        try:
            document = msgspec.json.decode(stream.read(length))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise bad_header(file, f"Its header is not JSON: {error}.") from error
    if not isinstance(document, dict):
        raise bad_header(file, "Its header holds no JSON object.")
    tensors: Tensors = {}
    covered = 0
    for name, entry in document.items():
        if name == "__metadata__":
            continue
        dtype, shape, held = checked_entry(file, name, entry, size - 8 - length)
        tensors[name] = (dtype, shape)
        covered += held
    if covered != size - 8 - length:
        raise bad_header(file, f"Its tensors take {covered:,} bytes, and {size - 8 - length:,} are there.")
    return tensors


def checked_entry(file: Path, name: str, entry: Any, data_bytes: int) -> tuple[str, tuple[int, ...], int]:
    """(type, shape, bytes) of one entry, believed only if its numbers agree with each other and with the file.

    Raises:
        TunesmithError: `model.bad_header`.
    """
    try:
        dtype, shape, (begin, end) = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
        whole = all(type(number) is int and number >= 0 for number in (*shape, begin, end))
    except (TypeError, KeyError, ValueError) as error:
        raise bad_header(file, f"Its entry for {name} is malformed.") from error
    if not isinstance(dtype, str) or dtype not in DTYPE_BITS:
        raise bad_header(file, f"{name} has the unknown type {dtype!r}.")
    if not whole or len(shape) > 8 or not begin <= end <= data_bytes:
        raise bad_header(file, f"{name} claims a place or a shape that the file does not have.")
    if math.prod(shape) * DTYPE_BITS[dtype] != 8 * (end - begin):
        raise bad_header(
            file, f"{name} has the shape {list(shape)}, which does not fill the {end - begin:,} bytes it claims."
        )
    return dtype, shape, end - begin


def bad_header(file: Path, why: str) -> TunesmithError:
    """The error for a weights file that cannot be true."""
    return TunesmithError(
        "model.bad_header",
        what="A file of the model's weights is damaged.",
        why=why,
        remedy="Download the file again.",
        where=str(file),
    )


def _missing(name: str, why: str, folder: Path) -> TunesmithError:
    return TunesmithError(
        "model.missing_shard",
        what=f"A file of the model is missing: {name}.",
        why=why,
        remedy="Download the missing file into the folder, or the whole model again.",
        where=str(folder / name),
    )
