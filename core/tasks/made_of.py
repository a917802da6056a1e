"""What a run is made of: data, job, libraries, machine. Kept in `run.json`, and compared before it is done again."""

from __future__ import annotations

import hashlib
import os
import platform
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version

import msgspec

from core.data.refusals import is_folder, not_found, not_readable
from core.data.sample import dataset_path
from core.fit.versions import versions
from core.hardware.system import cpu_name
from core.job import DatasetRef, TrainingJob
from core.models.fingerprint import fingerprint
from core.models.location import model_path
from core.runs.info import RunInfo

MADE_HERE = ("tunesmith", "numpy")
TITLES = {"tunesmith": "Tunesmith", "python": "Python", "system": "System", "processor": "Processor"}


@dataclass(frozen=True)
class Difference:
    """One thing that is no longer as it was when a run was made, in words for the person."""

    what: str
    then: str
    now: str

    @property
    def words(self) -> str:
        """“torch was 2.12.0 and is 2.13.0”."""
        return f"{self.what} was {self.then} and is {self.now}" if self.then else f"{self.what} {self.now}"


@cache
def made_with() -> dict[str, str]:
    """Versions of what computes, and where; read once."""
    here = {name: version(name) for name in MADE_HERE}
    machine = {"python": platform.python_version(), "system": platform.system(), "processor": cpu_name()}
    return versions() | here | machine | {"threads": str(os.cpu_count() or 1)}


def data_fingerprint(dataset: DatasetRef) -> str:
    """The SHA-256 of the data's file.

    Raises:
        TunesmithError: `data.not_found`, `data.not_readable`.
    """
    path = dataset_path(dataset)
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise not_found(path) from error
    except IsADirectoryError as error:
        raise is_folder(path) from error
    except OSError as error:
        raise not_readable(path, error) from error


def job_fingerprint(job: TrainingJob) -> str:
    """The SHA-256 of all that the job says."""
    return hashlib.sha256(msgspec.json.encode(job, order="sorted")).hexdigest()


def described(info: RunInfo, job: TrainingJob) -> RunInfo:
    """`info` with what a run of `job` is made of. Data that cannot be read now is refused by the run itself.

    Raises:
        TunesmithError: as `data_fingerprint`.
    """
    return msgspec.structs.replace(
        info,
        data_fingerprint=data_fingerprint(job.dataset),
        job_fingerprint=job_fingerprint(job),
        made_with=made_with(),
    )


def differences(info: RunInfo, job: TrainingJob) -> list[Difference]:
    """What is no longer as it was when the run of `info` was made. Nothing is said of what it did not record.

    Raises:
        TunesmithError: as `data_fingerprint`, `core.models.location.model_path`.
    """
    found = []
    if info.model_fingerprint and fingerprint(model_path(job.model)) != info.model_fingerprint:
        found.append(Difference("The base model", "", "has other contents than then"))
    if info.data_fingerprint and data_fingerprint(job.dataset) != info.data_fingerprint:
        found.append(Difference("The data", "", "has other contents than then"))
    if info.job_fingerprint and job_fingerprint(job) != info.job_fingerprint:
        found.append(Difference("The job file", "", "was changed since"))
    now = made_with()
    found += [
        Difference(TITLES.get(name, name), then, now.get(name, "missing"))
        for name, then in info.made_with.items()
        if now.get(name) != then
    ]
    return found
