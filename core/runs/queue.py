"""Runs that wait for each other: a list on disk beside them, and the process that starts the next one.

That process (`core.tasks.queue_runner`) holds no truth. Whoever adds a run, and every training worker that ends, makes
sure that it is there (`wake`), so that the queue goes on whichever process is killed.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec
from filelock import FileLock, Timeout

from core import paths
from core.errors import TunesmithError
from core.files import read_json_object, write_json
from core.processes import start_apart
from core.runs.liveness import WorkerIdentity, read_identity, write_own_identity
from core.runs.run import Run
from core.upgrades import VERSIONS, upgraded

FOLDER = ".queue"
FILE, LOCK_FILE, LOG_FILE = "queue.json", "queue.lock", "queue.log"
RUNNER_MODULE = "core.tasks.queue_runner"  # a program of its own, started by name
LOCK_S = 10.0


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One run that waits. `worker`: who worked on it last when it was added; another since then has taken it."""

    run: str
    worker: WorkerIdentity | None = None


class Waiting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is on disk. `held`: nothing is started until the person lets the queue go on. `starting`: the run that the
    queue's process starts, before a worker is named in its folder."""

    version: int = VERSIONS["queue"]
    runs: list[Entry] = []
    held: bool = False
    starting: str = ""


class Next(NamedTuple):
    """What the queue's process shall do: start `run`, wait while `busy` is trained, or end where both are None."""

    run: Run | None
    busy: str | None


class RunQueue:
    """The queue of the runs in `root`. Keeps nothing in memory: any number of programs may use it at once."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or paths.runs_dir()
        self.folder = self.root / FOLDER

    def waiting(self) -> list[str]:
        """The names of the runs that wait, the next one first."""
        return [entry.run for entry in self._read().runs if self._still_waits(entry)]

    @property
    def held(self) -> bool:
        """Whether nothing is started until the person lets it."""
        return self._read().held

    def busy(self) -> str | None:
        """The run that a worker is at, paused ones too, whether it came from the queue or not."""
        folders = self.root.iterdir() if self.root.is_dir() else ()
        for folder in folders:
            worker = None if folder.name.startswith(".") else read_identity(folder)
            if worker is not None and worker.alive():
                return folder.name
        return None

    def starting(self) -> str | None:
        """The run that the queue's process is about to start, if it is; it is not `busy` yet."""
        runner = read_identity(self.folder)
        return (self._read().starting or None) if runner is not None and runner.alive() else None

    def announce(self, name: str) -> None:
        """Say that the run called `name` is about to be started, or with "" that none is. Whoever else would start one
        looks here first; so whoever announces looks afterwards whether somebody else is at work.

        Raises:
            TunesmithError: `file.not_writable`.
        """
        with self._locked():
            self._write(msgspec.structs.replace(self._read(), starting=name))

    def add(self, name: str) -> None:
        """Put the run called `name` at the end; one that waits already keeps its place.

        Raises:
            TunesmithError: `file.not_writable`.
        """
        with self._changing() as runs:
            if name not in [entry.run for entry in runs]:
                runs.append(Entry(run=name, worker=read_identity(self.root / name)))

    def remove(self, name: str) -> bool:
        """Take the run called `name` out, which is kept as it is; whether it waited.

        Raises:
            TunesmithError: `file.not_writable`.
        """
        with self._changing() as runs:
            found = [entry for entry in runs if entry.run == name]
            runs[:] = [entry for entry in runs if entry.run != name]
        return bool(found)

    def move(self, name: str, place: int) -> bool:
        """Put the run called `name` at `place`, 0 being the next one; whether it waited.

        Raises:
            TunesmithError: `file.not_writable`.
        """
        with self._changing() as runs:
            found = next((entry for entry in runs if entry.run == name), None)
            if found is not None:
                runs.remove(found)
                runs.insert(max(0, place), found)
        return found is not None

    def hold(self, held: bool) -> None:
        """Start nothing more, or go on.

        Raises:
            TunesmithError: `file.not_writable`.
        """
        with self._locked():
            self._write(msgspec.structs.replace(self._read(), held=held))

    def next(self) -> Next:
        """What the queue's process shall do now. Where it shall end, it is no longer named as the queue's process."""
        with self._locked():
            state = self._read()
            left = [entry for entry in state.runs if self._still_waits(entry)]
            if left != state.runs:
                self._write(msgspec.structs.replace(state, runs=left))
            if not left or state.held:
                (self.folder / "worker.json").unlink(missing_ok=True)
                return Next(None, None)
            busy = self.busy()
            return Next(None if busy else Run(self.root / left[0].run), busy)

    def take_office(self) -> bool:
        """Become the queue's process; False if there is one. What an earlier one announced when it was killed is none
        of this one's."""
        with self._locked():
            if self._has_runner():
                return False
            state = self._read()
            if state.starting:
                self._write(msgspec.structs.replace(state, starting=""))
            write_own_identity(self.folder)
            return True

    def wake(self, environment: Mapping[str, str] | None = None) -> bool:
        """Start the queue's process if one is needed and there is none; whether it was started.

        Raises:
            TunesmithError: `worker.not_started`.
        """
        if not (self.folder / FILE).exists():
            return False
        with self._locked():
            state = self._read()
            if state.held or self._has_runner() or not any(self._still_waits(entry) for entry in state.runs):
                return False
        command = [sys.executable, "-P", "-m", RUNNER_MODULE, str(self.root)]
        start_apart(command, self.folder / LOG_FILE, os.environ if environment is None else environment)
        return True

    def _has_runner(self) -> bool:
        runner = read_identity(self.folder)
        return runner is not None and runner.pid != os.getpid() and runner.alive()

    def _still_waits(self, entry: Entry) -> bool:
        """Not one that is gone, or that a worker has taken since."""
        folder = self.root / entry.run
        return folder.is_dir() and read_identity(folder) == entry.worker

    @contextlib.contextmanager
    def _changing(self) -> Iterator[list[Entry]]:
        with self._locked():
            state = self._read()
            runs = [entry for entry in state.runs if self._still_waits(entry)]
            yield runs
            self._write(msgspec.structs.replace(state, runs=runs))

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        paths.ensure_dir(self.folder)
        lock = FileLock(self.folder / LOCK_FILE)
        try:
            lock.acquire(timeout=LOCK_S)
        except Timeout as error:
            raise TunesmithError(
                "queue.busy",
                what="The queue of runs cannot be changed now.",
                why=f"Another program has held it for {LOCK_S:.0f} s.",
                remedy="Try again. If it stays so, end the other Tunesmith.",
                where=str(self.folder),
            ) from error
        try:
            yield
        finally:
            lock.release()

    def _read(self) -> Waiting:
        path = self.folder / FILE
        if not path.exists():
            return Waiting()
        try:
            return msgspec.convert(upgraded("queue", read_json_object(path), str(path)), Waiting)
        except msgspec.ValidationError as error:
            raise TunesmithError(
                "queue.broken",
                what="The queue of runs cannot be read.",
                why=f"{error}.",
                remedy="Delete that file: the runs themselves are not in it. Then queue them again.",
                where=str(path),
            ) from error

    def _write(self, state: Waiting) -> None:
        write_json(self.folder / FILE, state)
