"""What a download will fetch, where it goes, and how much of it is already here.

A model grows in a hidden folder beside the models and moves among them whole, so a half downloaded one is never taken
for a model. A record of what was planned travels with it.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec

from core import paths
from core.errors import TunesmithError
from core.files import read_json_object
from core.models.hub.choice import HubFile, chosen_files
from core.models.hub.client import files_of, repository

RECORD = ".tunesmith-download.json"
PARTIAL_FOLDER = ".partial"
UNFINISHED = ".unfinished"
RESERVE_BYTES = 256 * 2**20
"""What a download leaves free, so that the system and a run's checkpoints still find room."""


class DownloadPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A download to be.

    Attributes:
        id, sha: the hub id and the commit that its revision means today.
        files: what is fetched, in this order.
        total_bytes: all of them; `already_bytes` of these are here.
        folder: where the model will be; `partial` where it grows.
        complete: whether it is there whole, in this commit.
    """

    id: str
    sha: str
    files: list[HubFile]
    total_bytes: int
    already_bytes: int
    folder: str
    partial: str
    complete: bool


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What a downloaded folder holds, beside it in `RECORD`."""

    id: str
    sha: str
    files: dict[str, int]


def model_folder(id: str) -> Path:
    """Where the hub model `id` lies once it is whole: `owner--name` among the models."""
    return paths.models_dir() / id.replace("/", "--")


def plan_download(id: str, revision: str = "") -> DownloadPlan:
    """What downloading `id` means. Asks the hub, fetches no file and changes nothing.

    Raises:
        TunesmithError: `hub.bad_id`, what `reaching` and `chosen_files` raise, `hub.folder_taken`.
    """
    found = repository(id, revision)
    files = chosen_files(files_of(found), id)
    sha = str(found.sha)
    folder = model_folder(id)
    partial = paths.models_dir() / PARTIAL_FOLDER / folder.name
    complete = is_complete(folder, sha, files)
    if folder.exists() and record_of(folder) is None:
        raise TunesmithError(
            "hub.folder_taken",
            what="There is already a folder where this model would go.",
            why="Tunesmith did not download it, so it will not replace it.",
            remedy="Choose that folder as the model, or move it elsewhere.",
            where=str(folder),
        )
    total = sum(file.size_bytes for file in files)
    record = record_of(partial)
    here = sum(bytes_here(partial, file) for file in files) if record and record.sha == sha else 0
    return DownloadPlan(
        id=id,
        sha=sha,
        files=files,
        total_bytes=total,
        already_bytes=total if complete else here,
        folder=str(folder),
        partial=str(partial),
        complete=complete,
    )


def record_of(folder: Path) -> Record | None:
    """The record in `folder`, or None where there is none that can be read."""
    try:
        return msgspec.convert(read_json_object(folder / RECORD), Record)
    except (TunesmithError, msgspec.ValidationError):
        return None


def is_complete(folder: Path, sha: str, files: list[HubFile]) -> bool:
    """Whether `folder` holds the commit `sha` whole."""
    record = record_of(folder)
    return record is not None and record.sha == sha and all(_size(folder / f.name) == f.size_bytes for f in files)


def bytes_here(partial: Path, file: HubFile) -> int:
    """How much of `file` lies in `partial`, finished or not."""
    whole = _size(partial / file.name)
    return whole if whole is not None else _size(unfinished(partial, file)) or 0


def unfinished(partial: Path, file: HubFile) -> Path:
    """Where `file` grows until it is whole and checked."""
    return partial / (file.name + UNFINISHED)


def check_disk(plan: DownloadPlan) -> None:
    """Refuse a download for which there is no room.

    Raises:
        TunesmithError: `hub.disk_full`, `paths.not_writable`.
    """
    models = paths.ensure_dir(paths.models_dir())
    needed = plan.total_bytes - plan.already_bytes
    free = shutil.disk_usage(models).free
    if needed + RESERVE_BYTES > free:
        raise disk_full(plan, needed, free)


def disk_full(plan: DownloadPlan, needed_bytes: int, free_bytes: int) -> TunesmithError:
    """The refusal for want of room."""
    needed, free, reserve = (_in_words(size) for size in (needed_bytes, free_bytes, RESERVE_BYTES))
    return TunesmithError(
        "hub.disk_full",
        what=f"There is not enough room on the disk for “{plan.id}”.",
        why=f"It needs {needed} more; {free} are free, of which {reserve} are left to the system.",
        remedy="Free some space, or move Tunesmith to a larger disk with --home. What is here already is kept.",
        where=str(paths.models_dir()),
    )


def _in_words(size_bytes: int) -> str:
    return f"{size_bytes / 2**30:.1f} GiB" if size_bytes >= 2**30 else f"{size_bytes / 2**20:.1f} MiB"


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None
