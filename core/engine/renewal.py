"""A fresh process for the same run: the surest way to give back all that a card holds, the driver's context too.

On POSIX the process becomes a fresh image of itself: same process id, same start, same lock file, so that nobody who
watches sees a gap. Windows cannot do that; there a child takes over, and the run's folder names it before this one
ends.
"""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from core.files import write_json
from core.processes import own_session
from core.runs.liveness import FILE as IDENTITY_FILE
from core.runs.liveness import identity_of

if TYPE_CHECKING:
    from collections.abc import Sequence

LOCK_S = 30.0  # a child that takes over waits so long at most for this one's lock
OPEN_FILES = Path("/dev/fd")
PAUSED, RETRIED = "--paused", "--retried"


@dataclass(frozen=True)
class Renewal:
    """How a fresh process goes on with a run.

    Attributes:
        paused: it holds still first, until the person lets it go on.
        retried: memory ran out once since the person started it, so that it is not tried again by itself.
        renewed: whether there was a process before it at all.
    """

    paused: bool = False
    retried: bool = False
    renewed: bool = True

    def flags(self) -> list[str]:
        """As arguments of the engine, after the run's folder."""
        return [flag for flag, wanted in ((PAUSED, self.paused), (RETRIED, self.retried)) if wanted]


FIRST = Renewal(renewed=False)


def from_flags(flags: Sequence[str]) -> Renewal | None:
    """What `flags` say; None if one is unknown."""
    if any(flag not in (PAUSED, RETRIED) for flag in flags):
        return None
    return Renewal(paused=PAUSED in flags, retried=RETRIED in flags, renewed=bool(flags))


def renew(folder: Path, renewal: Renewal, environment: Mapping[str, str]) -> int:
    """Go on with the run in `folder` in a fresh process; the exit code of this one, if it returns at all.

    Args:
        environment: as this process was started with: a chosen card is hidden behind the variables of now.
    """
    command = [sys.executable, "-P", "-m", "core.engine", "train", str(folder), *renewal.flags()]
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    if os.name == "posix":
        _become(command, environment)
    return hand_over(folder, command, environment)


def _become(command: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    _leave_nothing_open()
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGINT))  # what comes now is heard by the next
    os.execve(sys.executable, list(command), dict(environment))


def _leave_nothing_open() -> None:
    """A driver's file that stayed open would keep the card's memory. Python opens none that are inherited; libraries
    may."""
    if OPEN_FILES.is_dir():
        for number in [int(entry.name) for entry in OPEN_FILES.iterdir()]:
            if number > 2:  # the three standard streams go on
                _close_with_image(number)


def _close_with_image(number: int) -> None:
    try:
        os.set_inheritable(number, False)
    except OSError as error:  # the listing's own descriptor is closed by now
        if error.errno != errno.EBADF:
            raise


def hand_over(folder: Path, command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Start `command` as the run's worker in this one's place; the exit code for this one, which must end now."""
    child = subprocess.Popen(
        list(command), stdin=subprocess.DEVNULL, stdout=1, stderr=2, env=dict(environment), cwd=folder, **own_session()
    )
    write_json(folder / IDENTITY_FILE, identity_of(child.pid))
    return 0
