"""How a process of ours is set apart from the one that starts it, on every system."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.errors import TunesmithError


def own_session() -> dict[str, Any]:
    """The `Popen` arguments that give a child its own session, so that nothing meant for its parent reaches it."""
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS
        return {"creationflags": flags}
    return {"start_new_session": True}


def own_group() -> dict[str, Any]:
    """The `Popen` arguments that give a child its own process group, so that Ctrl-C in a terminal does not reach it."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def start_apart(command: Sequence[str], log: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a process that outlives this one: own session, output appended to the file `log`, never to a pipe.

    Raises:
        TunesmithError: `worker.not_started`.
    """
    try:
        with log.open("ab") as output:
            return subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=dict(environment),
                cwd=log.parent,
                close_fds=True,
                **own_session(),
            )
    except OSError as error:
        raise TunesmithError(
            "worker.not_started",
            what="A worker could not be started.",
            why=f"The system says: {error.strerror or error}.",
            remedy="Check the free memory and your write permission in that folder.",
            where=str(log),
        ) from error
