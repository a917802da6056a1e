"""RunInfo: what a run is called, when it was made, and what it was promised."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TypeVar

import msgspec

from core.errors import TunesmithError
from core.events import SettingChange
from core.files import read_json_object, write_json
from core.fit.values import Prediction
from core.upgrades import VERSIONS, Kind, upgraded

FILE = "run.json"
Part = TypeVar("Part", bound=msgspec.Struct)


class RunInfo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`created`: seconds since the epoch. `predicted_*`: what the estimate promised, with rows of how many tokens; 0 if
    none was made.

    `predictions`: what each depth of the estimate said, the one that was promised among them.
    `model_fingerprint`: of the base's files when the run was made (`core.models.fingerprint`).
    `data_fingerprint`, `job_fingerprint`: of the data's file and of the job (`core.tasks.made_of`); empty in runs of
    an older Tunesmith. `made_with`: versions of the libraries and of Tunesmith, the system, the processor's threads.
    `repeats`: the run that this one does again, by name; `begins_with`: what that run had changed by itself because
    memory ran out, and this one has from its first step.
    `title`, `notes`, `tags`: what the person calls it and writes about it; a run without a title goes by its name.
    """

    version: int = VERSIONS["run"]
    name: str
    created: float = msgspec.field(default_factory=time.time)
    predicted_memory_bytes: int = 0
    predicted_depth: str = ""
    predicted_row_tokens: int = 0
    predictions: list[Prediction] = []
    model_fingerprint: str = ""
    data_fingerprint: str = ""
    job_fingerprint: str = ""
    made_with: dict[str, str] = {}
    repeats: str = ""
    begins_with: list[SettingChange] = []
    title: str = ""
    notes: str = ""
    tags: list[str] = []

    @property
    def predicted_tokens_per_second(self) -> float:
        """What the depth that was promised said of the speed, counted as the run counts its own, without padding; 0 if
        it said nothing."""
        return next((one.tokens_per_second for one in self.predictions if one.depth == self.predicted_depth), 0.0)


def read_info(folder: Path) -> RunInfo:
    """The info of the run in `folder`.

    Raises:
        TunesmithError: `run.incomplete` if the file is missing or not what it should be, `file.newer_version`.
    """
    return read_part(folder, FILE, "run", RunInfo)


def read_part(folder: Path, file: str, kind: Kind, type_: type[Part]) -> Part:
    """What the document `file` of the run in `folder` says, of any version up to today's.

    Raises:
        TunesmithError: `run.incomplete` if the file is missing or not what it should be, `file.newer_version`.
    """
    path = folder / file
    try:
        return msgspec.convert(upgraded(kind, read_json_object(path), str(path)), type_)
    except msgspec.ValidationError as error:
        raise incomplete(folder, f"{file}: {error}.") from error
    except TunesmithError as error:
        if error.code == "file.newer_version":
            raise
        raise incomplete(folder, f"{file}: {error.what} {error.why}") from error


def write_info(folder: Path, info: RunInfo) -> None:
    """Write the info of the run in `folder`, whole or not at all.

    Raises:
        TunesmithError: `file.not_writable`.
    """
    write_json(folder / FILE, info)


def incomplete(folder: Path, why: str) -> TunesmithError:
    """The error for a run folder that is half written or damaged."""
    return TunesmithError(
        "run.incomplete",
        what="A run's folder is not whole.",
        why=f"{why}",
        remedy="Nothing was deleted. Look into the folder, restore it from a copy, or delete the run.",
        where=str(folder),
    )
