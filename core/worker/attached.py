"""A worker that serves whoever started it and ends with it: commands down stdin, events up stdout."""

from __future__ import annotations

import contextlib
import subprocess
import threading
import time
from collections import deque
from pathlib import Path

import msgspec

from core import paths
from core.errors import TunesmithError
from core.events import AnyEvent
from core.events.stream import EventDecoder
from core.processes import own_group
from core.requests import AttachedTask, Command, Quit
from core.runs.liveness import WorkerIdentity, identity_of
from core.worker.command import engine_command, engine_environment
from core.worker.ladder import climb
from core.worker.outcome import Outcome

READ_BYTES = 1 << 16
ENDING_S = 3.0
KEPT_LOGS = 20  # of each task


class AttachedWorker:
    """One attached worker. `poll` and `send` never block; `stop` and `wait` do.

    Attributes:
        log: the file with everything the worker's libraries printed.
    """

    def __init__(self, task: AttachedTask) -> None:
        folder = paths.ensure_dir(paths.log_dir())
        clear_old_logs(folder, _name(task))
        self.log = folder / f"{_name(task)}-{time.time_ns()}.log"
        with self.log.open("wb") as errors:
            self._process = subprocess.Popen(
                engine_command("attached"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=engine_environment(),
                cwd=self.log.parent,
                **own_group(),
            )
        self._identity = _identity(self._process.pid)
        self._events: deque[AnyEvent] = deque()
        self._arrived = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read, name=f"reader of {self.log.name}", daemon=True)
        self._reader.start()
        self._write(task)

    def send(self, command: Command) -> None:
        """Tell the worker; a worker that is gone hears nothing, and `poll` shows its end."""
        self._write(command)

    def poll(self) -> list[AnyEvent]:
        """The events that have arrived since the last call."""
        with self._arrived:
            events = list(self._events)
            self._events.clear()
        return events

    def wait(self, timeout_s: float | None = None) -> list[AnyEvent]:
        """The next events, waiting up to `timeout_s` seconds for the first; empty if none came or the worker ended."""
        with self._arrived:
            self._arrived.wait_for(lambda: bool(self._events) or self._ended, timeout_s)
        return self.poll()

    @property
    def running(self) -> bool:
        """Whether more events may come."""
        with self._arrived:
            return not self._ended or bool(self._events)

    @property
    def outcome(self) -> Outcome:
        """How it ended; only meaningful once `running` is False."""
        return Outcome(self._process.wait())

    def stop(self, patience_s: float = ENDING_S) -> None:
        """End the worker: ask, interrupt, kill. Blocks up to about three times `patience_s` seconds."""
        self._write(Quit())
        with contextlib.suppress(OSError):
            self._stdin.close()
        try:
            self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            if self._identity is not None:
                climb(self._identity, patience_s)
        self._process.wait()
        self._reader.join(patience_s)

    @property
    def _stdin(self) -> subprocess.IO[bytes]:  # type: ignore[name-defined]
        assert self._process.stdin is not None
        return self._process.stdin

    def _write(self, message: AttachedTask | Command) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stdin.write(msgspec.json.encode(message) + b"\n")
            self._stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        decoder = EventDecoder()
        stream = self._process.stdout
        while chunk := stream.read1(READ_BYTES):  # type: ignore[attr-defined]
            events = decoder.feed(chunk)
            with self._arrived:
                self._events.extend(events)
                self._arrived.notify_all()
        stream.close()
        self._process.wait()
        with self._arrived:
            self._ended = True
            self._arrived.notify_all()


def _name(task: AttachedTask) -> str:
    return type(task).__name__.removesuffix("Request").lower()


def clear_old_logs(folder: Path, task: str) -> None:
    """Keep the latest logs of this task; one that somebody still writes on a system that locks files stays too."""
    logs = sorted(folder.glob(f"{task}-*.log"))
    for log in logs[: max(0, len(logs) - KEPT_LOGS + 1)]:
        with contextlib.suppress(OSError):
            log.unlink()


def _identity(pid: int) -> WorkerIdentity | None:
    with contextlib.suppress(Exception):
        return identity_of(pid)
    return None


def died(worker: AttachedWorker, doing: str) -> TunesmithError:
    """The error for an attached worker that ended without its last word."""
    return TunesmithError(
        "worker.died",
        what=f"The process for {doing} ended unexpectedly.",
        why=f"The worker ended: {worker.outcome.words}.",
        remedy="Try again. If it happens again, look into the log.",
        where=str(worker.log),
    )
