"""A worker that outlives whoever started it: own session, output to a file, never to a pipe."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

from core.processes import start_apart
from core.worker.command import engine_command, engine_environment
from core.worker.outcome import Outcome

_children: dict[int, subprocess.Popen[bytes]] = {}
_lock = threading.Lock()


def start(arguments: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """Start `core.engine` with `arguments`, its output appended to `log`.

    Raises:
        TunesmithError: `worker.not_started`.
    """
    return start_command(engine_command(*arguments), log)


def start_command(command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """Start `command`, its output appended to `log`.

    Raises:
        TunesmithError: `worker.not_started`.
    """
    reap()
    child = start_apart(command, log, engine_environment())
    with _lock:
        _children[child.pid] = child
    return child


def reap() -> None:
    """Collect children that have ended, so that none stays a zombie and looks alive."""
    with _lock:
        for child in _children.values():
            child.poll()


def outcome(pid: int) -> Outcome:
    """How the worker with the process id `pid` ended; of one that this process did not start, nothing is known."""
    with _lock:
        child = _children.get(pid)
    return Outcome(child.poll() if child is not None else None)
