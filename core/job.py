"""TrainingJob: the one declarative, versioned document of a run. What is not in it does not influence the run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from core.errors import TunesmithError
from core.files import read_json_object, write_json
from core.settings import TrainingSettings, build
from core.upgrades import VERSIONS, upgraded

STARTER = "starter"
SAMPLE = "sample"
MOST_PROMPTS = 8  # that a run samples


class ModelRef(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which model: the one that ships (`starter`), a folder, or a hub id with its revision.

    A hub model is downloaded into a folder before it trains; `path` then says where it lies.
    """

    source: Literal["starter", "folder", "hub"]
    id: str
    path: str = ""
    revision: str = ""


class DatasetRef(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which data: the sample that ships, or a file. `format` is a name of `core.data`'s table, or `auto`."""

    source: Literal["sample", "file"]
    path: str
    format: str = "auto"


class TrainingJob(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Model, data, settings and device of one run.

    `sample_prompts`: what the model is asked while it trains (`sample_steps`); none: the first prompts of the rows held
    back.
    """

    version: int = VERSIONS["job"]
    model: ModelRef
    dataset: DatasetRef
    settings: TrainingSettings
    device: str = "auto"
    sample_prompts: Annotated[tuple[str, ...], msgspec.Meta(max_length=MOST_PROMPTS)] = ()


def parse_job(document: dict[str, Any], where: str) -> TrainingJob:
    """A job from plain data of any version up to today's.

    Raises:
        TunesmithError: `file.newer_version`, `file.no_version`, `settings.unknown_key`, `settings.bad_value`,
        `job.invalid`.
    """
    current = upgraded("job", document, where)
    settings = current.get("settings")
    if isinstance(settings, dict):
        build(settings, where=where)
    try:
        return msgspec.convert(current, TrainingJob)
    except msgspec.ValidationError as error:
        raise TunesmithError(
            "job.invalid",
            what="The job file does not describe a training run.",
            why=f"{error}.",
            remedy="Correct that key, or make the file anew with `tunesmith train … --save-job FILE`.",
            where=where,
        ) from error


def load_job(path: Path) -> TrainingJob:
    """The job in the JSON file `path`; relative places in it are seen from the folder of that file.

    Raises:
        TunesmithError: as `parse_job` and `core.files.read_json_object`.
    """
    job = parse_job(read_json_object(path), str(path))
    folder, replace = path.absolute().parent, msgspec.structs.replace
    model, dataset = job.model, job.dataset
    if model.source == "folder":
        model = replace(model, path=str(folder / Path(model.path or model.id).expanduser()))
    if dataset.source == "file":
        dataset = replace(dataset, path=str(folder / Path(dataset.path).expanduser()))
    return replace(job, model=model, dataset=dataset)


def save_job(job: TrainingJob, path: Path) -> None:
    """Write `job` to `path` as JSON, whole or not at all.

    Raises:
        TunesmithError: `file.not_writable`.
    """
    write_json(path, job)
