"""Who works on a run, and whether it still lives: its pid and the start time of its process must both match."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import psutil

from core.errors import TunesmithError
from core.files import read_json_object, write_json

FILE = "worker.json"
START_TIME_TOLERANCE_S = 0.5  # psutil derives start times from clock ticks; they differ by rounding only


class WorkerIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """A process that no other can be mistaken for, even after its pid is used again."""

    pid: int
    start_time: float

    def alive(self) -> bool:
        """Whether this very process runs (a zombie does not)."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.start_time) < START_TIME_TOLERANCE_S
            return same and bool(process.status() != psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return False
        except psutil.AccessDenied:
            return True


def identity_of(pid: int) -> WorkerIdentity:
    """The identity of a running process.

    Raises:
        psutil.NoSuchProcess: if it is gone already.
    """
    return WorkerIdentity(pid=pid, start_time=psutil.Process(pid).create_time())


def write_own_identity(folder: Path) -> WorkerIdentity:
    """Say in the run's folder that this process works on it."""
    identity = identity_of(os.getpid())
    write_json(folder / FILE, identity)
    return identity


def read_identity(folder: Path) -> WorkerIdentity | None:
    """Who works, or worked last, on the run; None if nobody ever did or the note is unreadable."""
    try:
        return msgspec.convert(read_json_object(folder / FILE), WorkerIdentity)
    except (TunesmithError, msgspec.ValidationError):
        return None
