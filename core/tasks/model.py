"""Finding a model, also one whose family transformers knows and Tunesmith does not: a worker builds and counts it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from core.errors import TunesmithError
from core.files import read_json_object
from core.models.find import find
from core.models.reading import read_folder, spec_of_build
from core.models.spec import ModelSpec
from core.tasks.rehearse import count


def find_model(model: str) -> ModelSpec:
    """The model that a person means by what they typed. Blocks for seconds where it has to be built to be counted.

    Raises:
        TunesmithError: as `find`; `rehearsal.unknown_model` where transformers cannot build it either.
    """
    return _or_built(lambda: find(model), Path(model).expanduser())


def read_model(folder: Path) -> ModelSpec:
    """The model in `folder`. Blocks as `find_model`.

    Raises:
        TunesmithError: as `read_folder`; `rehearsal.unknown_model`.
    """
    return _or_built(lambda: read_folder(folder), folder)


def _or_built(read: Callable[[], ModelSpec], folder: Path) -> ModelSpec:
    try:
        return read()
    except TunesmithError as error:
        if error.code != "model.unknown_family" or not (folder / "config.json").is_file():
            raise
    document = read_json_object(folder / "config.json")
    return spec_of_build(document, count(document), name=folder.resolve().name, source="folder", path=str(folder))
