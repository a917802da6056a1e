"""A worker that outlives whoever started it: own session, output to a file, never to a pipe."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from core.errors import TunesmithError
from core.worker.command import engine_command, engine_environment, own_session

_children: list[subprocess.Popen[bytes]] = []


def start(arguments: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """Start `core.engine` with `arguments`, its output appended to `log`.

    Raises:
        TunesmithError: `worker.not_started`.
    """
    reap()
    try:
        with log.open("ab") as output:
            child = subprocess.Popen(
                engine_command(*arguments),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=engine_environment(),
                cwd=log.parent,
                close_fds=True,
                **own_session(),
            )
    except OSError as error:
        raise TunesmithError(
            "worker.not_started",
            what="The training worker could not be started.",
            why=f"The system says: {error.strerror or error}.",
            remedy="Check the free memory and your write permission in the run's folder.",
            where=str(log),
        ) from error
    _children.append(child)
    return child


def reap() -> None:
    """Collect children that have ended, so that none stays a zombie and looks alive."""
    _children[:] = [child for child in _children if child.poll() is None]
