"""Why a data file cannot be used: one function an error, each naming the place, the reason and the remedy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from core.data.report import RowProblem
from core.errors import TunesmithError

NAMED_PROBLEMS = 3


def not_found(path: Path) -> TunesmithError:
    """Nothing is there."""
    return TunesmithError(
        "data.not_found",
        what="The data file is missing.",
        why="There is nothing at that place.",
        remedy="Check the path, or choose the file again.",
        where=str(path),
    )


def is_folder(path: Path) -> TunesmithError:
    """A folder was given."""
    return TunesmithError(
        "data.is_folder",
        what="This is a folder, not a data file.",
        why="Tunesmith trains on one file of rows.",
        remedy="Choose the JSONL, JSON, CSV or Parquet file inside it.",
        where=str(path),
    )


def not_readable(path: Path, error: OSError) -> TunesmithError:
    """The system refuses."""
    return TunesmithError(
        "data.not_readable",
        what="The data file cannot be read.",
        why=f"The system says: {error.strerror or error}.",
        remedy="Check that you may read it and that its disk is connected.",
        where=str(path),
    )


def empty(path: Path, why: str = "It holds no rows.") -> TunesmithError:
    """No row at all."""
    return TunesmithError(
        "data.empty",
        what="The data file is empty.",
        why=why,
        remedy="Choose a file with at least one conversation in it.",
        where=str(path),
    )


def not_utf8(path: Path, byte: int) -> TunesmithError:
    """Text in another encoding; `byte` is the position of the first wrong byte, counted from 0."""
    with path.open("rb") as file:
        is_utf16 = file.read(2) in (b"\xff\xfe", b"\xfe\xff")
    hint = " It looks like UTF-16." if is_utf16 else ""
    return TunesmithError(
        "data.not_utf8",
        what="The data file is not UTF-8 text.",
        why=f"The byte at position {byte:,} belongs to no UTF-8 character.{hint}",
        remedy="Save it again with the encoding UTF-8.",
        where=f"{path}, byte {byte}",
    )


def broken_line(path: Path, line: int, column: int, why: str) -> TunesmithError:
    """The text is not what its file type says, from `line` and `column` on, both counted from 1."""
    return TunesmithError(
        "data.broken_line",
        what=f"Line {line} of the data file is broken.",
        why=f"At column {column}: {why}.",
        remedy="Correct that line or take it out.",
        where=f"{path}, line {line}, column {column}",
    )


def broken_parquet(path: Path, why: str) -> TunesmithError:
    """Parquet that pyarrow cannot read."""
    return TunesmithError(
        "data.broken_parquet",
        what="The Parquet file is damaged or not whole.",
        why=f"It cannot be read: {why}.",
        remedy="Download or export it again.",
        where=str(path),
    )


def unknown_file_type(path: Path) -> TunesmithError:
    """Neither the name nor the content is known."""
    return TunesmithError(
        "data.unknown_file_type",
        what="Tunesmith does not know this kind of file.",
        why=f"Its name ends with “{path.suffix}” and it does not begin like JSON or Parquet."
        if path.suffix
        else "Its name has no ending, and it does not begin like JSON or Parquet.",
        remedy="Choose a JSONL, JSON, CSV or Parquet file; unpack an archive first.",
        where=str(path),
    )


def no_rows_key(path: Path, found: Iterable[str], known: Iterable[str]) -> TunesmithError:
    """A JSON object that is neither a row nor holds rows."""
    return TunesmithError(
        "data.no_rows_key",
        what="The JSON file holds an object in which no rows were found.",
        why=f"Its keys are {', '.join(found) or 'none'}; rows are looked for under {', '.join(known)}.",
        remedy="Put the rows into a list at the top of the file, or under one of those keys.",
        where=str(path),
    )


def unknown_format(path: Path, name: str, known: Iterable[str]) -> TunesmithError:
    """A format name that no table holds."""
    return TunesmithError(
        "data.unknown_format",
        what=f"There is no data format “{name}”.",
        why="Tunesmith does not know that name.",
        remedy=f"Use auto, {', '.join(known)}.",
        where=str(path),
    )


def keys_missing(path: Path, found: Sequence[str], needs: Iterable[str]) -> TunesmithError:
    """Rows whose keys no format (or not the chosen one) can read."""
    return TunesmithError(
        "data.keys_missing",
        what="The rows lack the keys that Tunesmith needs.",
        why=f"The keys found are {', '.join(found) or 'none'}. {'. '.join(needs)}.",
        remedy="Rename the columns to one of these, or choose another file.",
        where=str(path),
    )


def no_usable_rows(path: Path, problems: Sequence[RowProblem], count: int, unit: str) -> TunesmithError:
    """Rows, but none to train on."""
    named = "; ".join(f"{unit} {problem.line}: {problem.text}" for problem in problems[:NAMED_PROBLEMS])
    more = f"; and {count - NAMED_PROBLEMS:,} more" if count > NAMED_PROBLEMS else ""
    return TunesmithError(
        "data.no_usable_rows",
        what="No row of the data file can be used.",
        why=f"{named[:1].upper()}{named[1:]}{more}.",
        remedy="Correct these rows, or choose another file.",
        where=str(path),
    )
