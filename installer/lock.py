"""One set-up at a time in a checkout: a lock that the operating system frees when its holder dies."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from installer.failures import SetupError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

POLL_S = 0.5
PATIENCE_S = 1800.0


def _take(stream: IO[bytes]) -> bool:
    try:
        if sys.platform == "win32":
            stream.seek(0)
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


@contextmanager
def only_one(path: Path, patience_s: float = PATIENCE_S) -> Iterator[int]:
    """Hold the lock at `path`, waiting for another set-up to finish; gives the descriptor that holds it.

    Raises SetupError if the other one is not done after `patience_s` seconds.
    """
    with path.open("ab") as stream:
        if not _take(stream):
            print("Another set-up is at work in this checkout: waiting for it (Ctrl-C to stop).", flush=True)
            deadline_s = time.monotonic() + patience_s
            while not _take(stream):
                if time.monotonic() > deadline_s:
                    raise SetupError(
                        f"another set-up has held {path} for {patience_s:.0f} s. End it and run this again."
                    )
                time.sleep(POLL_S)
        yield stream.fileno()
