"""Where a model's folder is on this disk."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from core.errors import TunesmithError
from core.job import ModelRef


def starter_path() -> Path:
    """The folder of the model that ships."""
    return Path(str(files("resources") / "starter"))


def model_path(ref: ModelRef) -> Path:
    """The folder that `ref` names.

    Raises:
        TunesmithError: `model.not_here` if it is a hub model that was not downloaded, or a folder that is gone.
    """
    path = starter_path() if ref.source == "starter" else Path(ref.path or ref.id)
    if not path.is_dir():
        hub = ref.source == "hub"
        raise TunesmithError(
            "model.not_here",
            what=f"The model “{ref.id}” is not on this disk.",
            why="It was not downloaded yet." if hub else "Its folder is gone.",
            remedy="Download it on the Model page." if hub else "Put the folder back, or choose the model again.",
            where=str(path),
        )
    return path
