"""What a run's worker is told, as small files renamed into the run's folder, so that each is whole or not there."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Literal, get_args

from core.files import write_bytes

RunCommand = Literal["pause", "resume", "checkpoint", "stop"]
FOLDER = "commands"


def post(folder: Path, command: RunCommand) -> None:
    """Tell the worker of the run in `folder`.

    Raises:
        TunesmithError: `file.not_writable`.
    """
    write_bytes(folder / FOLDER / f"{time.time_ns():020d}-{command}", b"")


def take(folder: Path) -> list[RunCommand]:
    """The commands that wait, oldest first; each is handed out once. For the worker alone."""
    inbox = folder / FOLDER
    if not inbox.is_dir():
        return []
    taken: list[RunCommand] = []
    for path in sorted(p for p in inbox.iterdir() if not p.name.startswith(".")):
        path.unlink(missing_ok=True)
        word = path.name.partition("-")[2]
        taken.extend(known for known in get_args(RunCommand) if known == word)
    return taken


def clear(folder: Path) -> None:
    """Forget commands that an earlier worker did not take, so that a resumed run does not stop at once."""
    take(folder)
