"""Where things live. One override, `TUNESMITH_HOME` (or `--home`), moves all of it, for tests and for portable
disks."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from core.errors import TunesmithError

HOME_VARIABLE = "TUNESMITH_HOME"


def set_home(path: Path) -> None:
    """Move everything below `path`, for this process and the workers that it starts."""
    os.environ[HOME_VARIABLE] = str(path.expanduser().resolve())


def _base(kind: str) -> Path:
    home = os.environ.get(HOME_VARIABLE)
    if home:
        return Path(home).expanduser().absolute() / kind  # a worker works in another folder
    dirs = platformdirs.PlatformDirs("tunesmith", appauthor=False)
    return {"data": dirs.user_data_path, "config": dirs.user_config_path, "cache": dirs.user_cache_path}[kind]


def data_dir() -> Path:
    """Folder of what a person made or chose and wants to keep."""
    return _base("data")


def runs_dir() -> Path:
    """Folder of all runs, one subfolder each."""
    return _base("data") / "runs"


def sweeps_dir() -> Path:
    """Folder of all sweeps, one subfolder each; their runs lie among the others."""
    return _base("data") / "sweeps"


def models_dir() -> Path:
    """Folder of downloaded models, one subfolder each (`owner--name`)."""
    return _base("data") / "models"


def config_dir() -> Path:
    """Folder of preferences and window state."""
    return _base("config")


def cache_dir() -> Path:
    """Folder of what can be made again: token statistics, estimates."""
    return _base("cache")


def log_dir() -> Path:
    """Folder of the logs of the window and of attached workers."""
    return _base("cache") / "logs"


def ensure_dir(path: Path) -> Path:
    """Create `path` with its parents, or say why not.

    Raises:
        TunesmithError: `paths.not_writable` if the folder cannot be made or written to.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TunesmithError(
            "paths.not_writable",
            what="Tunesmith cannot create a folder.",
            why=f"The system says: {error.strerror or error}.",
            remedy=f"Give yourself write permission there, or choose another place with --home or {HOME_VARIABLE}.",
            where=str(path),
        ) from error
    if not os.access(path, os.W_OK):
        raise TunesmithError(
            "paths.not_writable",
            what="Tunesmith cannot write into a folder.",
            why="The system does not give you write permission.",
            remedy=f"Give yourself write permission there, or choose another place with --home or {HOME_VARIABLE}.",
            where=str(path),
        )
    return path
