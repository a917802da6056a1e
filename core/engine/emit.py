"""Writing events: whole lines, in batches, `Progress` limited at the source.

Two outlets: a run's event log, and the standard output of an attached worker. Nothing is lost by batching: a thread
writes what waits, and what a reader must not miss is written at once.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from core.errors import TunesmithError
from core.events import AnyEvent, Checkpoint, Failed, Finished, Memory, Progress, StateChanged, Step, Token
from core.events.stream import encode

Emit = Callable[[AnyEvent], None]

BATCH_S = 0.05  # how long a frequent event may wait for company
PROGRESS_S = 0.2  # the stream's contract: at most five a second
FREQUENT = (Progress, Step, Memory, Token)
LASTING = (StateChanged, Checkpoint, Failed, Finished)  # survive even a power cut


class EventWriter:
    """Writes events to a file descriptor that it owns. A context manager: leaving it writes the rest and closes.

    Attributes:
        where: what an error names as the place.
    """

    def __init__(self, descriptor: int, where: str, *, sync: bool = False) -> None:
        self.where = where
        self._descriptor = descriptor
        self._sync = sync
        self._waiting = bytearray()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._broken: OSError | None = None
        self._phase, self._progress_at = "", 0.0
        self._thread = threading.Thread(target=self._write_batches, name="event writer", daemon=True)
        self._thread.start()

    @classmethod
    def for_log(cls, path: Path) -> EventWriter:
        """A writer that appends to the event log `path`. A line torn by a crash is closed first, so that it spoils no
        other.

        Raises:
            TunesmithError: `file.not_writable`.
        """
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o644)
            size = os.fstat(descriptor).st_size
            if size:
                os.lseek(descriptor, size - 1, os.SEEK_SET)
                if os.read(descriptor, 1) != b"\n":
                    os.write(descriptor, b"\n")
        except OSError as error:
            raise _not_writable(str(path), error) from error
        return cls(descriptor, str(path), sync=True)

    @classmethod
    def for_stdout(cls) -> EventWriter:
        """A writer to standard output, which is this process's alone from now on: what libraries print goes to
        stderr."""
        descriptor = os.dup(1)
        os.dup2(2, 1)
        return cls(descriptor, "standard output")

    def __enter__(self) -> EventWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def emit(self, event: AnyEvent) -> None:
        """Write `event`, now or with the next batch. A reader that has gone is no error.

        Raises:
            TunesmithError: `file.not_writable` if an earlier write failed (disk full, say).
        """
        if self._broken is not None and not isinstance(self._broken, BrokenPipeError):
            raise _not_writable(self.where, self._broken) from self._broken
        if isinstance(event, Progress) and not self._due(event):
            return
        with self._lock:
            self._waiting += encode(event)
        if isinstance(event, FREQUENT):
            self._wake.set()
        else:
            self.flush(lasting=isinstance(event, LASTING))

    def flush(self, *, lasting: bool = False) -> None:
        """Write what waits; `lasting` also waits until it is on the disk."""
        with self._lock:
            try:
                while self._waiting and self._broken is None:
                    del self._waiting[: os.write(self._descriptor, self._waiting)]
                if lasting and self._sync and self._broken is None:
                    os.fsync(self._descriptor)
            except OSError as error:
                self._broken = error

    def close(self) -> None:
        """Write what waits and let go of the outlet."""
        self._closing = True
        self._wake.set()
        self._thread.join()
        self.flush(lasting=True)
        os.close(self._descriptor)

    def _due(self, event: Progress) -> bool:
        now = time.monotonic()
        whole = event.total > 0 and event.done >= event.total
        if event.phase == self._phase and not whole and now - self._progress_at < PROGRESS_S:
            return False
        self._phase, self._progress_at = event.phase, now
        return True

    def _write_batches(self) -> None:
        while not self._closing:
            self._wake.wait()
            self._wake.clear()
            time.sleep(BATCH_S)
            self.flush()


def _not_writable(where: str, error: OSError) -> TunesmithError:
    return TunesmithError(
        "file.not_writable",
        what="A file cannot be written.",
        why=f"The system says: {error.strerror or error}.",
        remedy="Check the free space and your write permission there.",
        where=where,
    )
