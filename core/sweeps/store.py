"""The folder of all sweeps: `sweep.json` says all that decides one, the rest is who drives it and how far that is.

sweep.json      the Sweep; written anew once, when its pace is measured
status.json     what the driver does, or how it ended
standing.json   the table once the sweep has ended, so that it stays when its runs are deleted
worker.json     pid and process start time of the driver; driver.log what it printed
commands/       stop
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from core import paths
from core.errors import ErrorFields, TunesmithError
from core.files import read_json_object, write_json
from core.runs.liveness import read_identity
from core.sweeps.values import Sweep
from core.upgrades import upgraded

FILE, STATUS, STANDING, LOG = "sweep.json", "status.json", "standing.json", "driver.log"
DRIVER_LOCK = "driver.lock"  # beside the sweeps: one is driven at a time
TRASH = ".trash"

SweepState = Literal["new", "running", "waiting", "stopped", "finished", "failed", "died"]
"""`waiting`: for another run to end. `stopped`: by the person. `failed`: with an error. `died`: its driver vanished."""
DRIVEN: frozenset[SweepState] = frozenset({"running", "waiting"})
Kept = TypeVar("Kept", bound=msgspec.Struct)


class SweepStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What the driver does, in words; `error`: why it ended, where that was an error."""

    state: SweepState = "new"
    text: str = ""
    error: ErrorFields | None = None

    @property
    def is_driven(self) -> bool:
        """Whether somebody is at it."""
        return self.state in DRIVEN


class SweepStore:
    """Makes, finds, lists and discards sweeps. Keeps nothing in memory."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or paths.sweeps_dir()

    def folder(self, name: str) -> Path:
        """Where the sweep called `name` lies.

        Raises:
            TunesmithError: `sweep.not_found`.
        """
        folder = self.root / name
        if not name or folder.parent != self.root or not (folder / FILE).is_file():
            raise TunesmithError(
                "sweep.not_found",
                what=f"There is no sweep called “{name}”.",
                why="No folder of that name lies among the sweeps.",
                remedy="`tunesmith sweep list` lists them.",
                where=str(self.root),
            )
        return folder

    def names(self) -> list[str]:
        """Every sweep, newest first."""
        if not self.root.is_dir():
            return []
        return sorted((path.parent.name for path in self.root.glob(f"*/{FILE}")), reverse=True)

    def read(self, name: str) -> Sweep:
        """The sweep called `name`.

        Raises:
            TunesmithError: `sweep.not_found`, `sweep.broken`, `file.newer_version`, and as `core.files` and
                `core.upgrades` say.
        """
        path = self.folder(name) / FILE
        document = upgraded("sweep", read_json_object(path), str(path))
        try:
            return msgspec.convert(document, Sweep)
        except msgspec.ValidationError as error:
            raise TunesmithError(
                "sweep.broken",
                what="A sweep cannot be read.",
                why=f"{error}.",
                remedy="Its runs are kept among the others. Start a new sweep.",
                where=str(path),
            ) from error

    def write(self, sweep: Sweep) -> None:
        """Keep `sweep`, whole or not at all.

        Raises:
            TunesmithError: `paths.not_writable`, `file.not_writable`.
        """
        paths.ensure_dir(self.root)
        write_json(self.root / sweep.name / FILE, sweep)

    def status(self, name: str) -> SweepStatus:
        """What the driver of the sweep called `name` does; `died` if it should be there and is not."""
        folder = self.root / name
        said = self.kept(name, STATUS, SweepStatus) or SweepStatus()
        identity = read_identity(folder)
        alive = identity is not None and identity.alive()
        if said.is_driven and not alive:
            return SweepStatus(state="died", text="The process that led it is gone.")
        if said.state == "new" and identity is not None:
            return SweepStatus(state="running" if alive else "died", text="Starting." if alive else "It never started.")
        return said

    def led(self) -> str | None:
        """The sweep that somebody is at, between two of its runs too; of several the newest, and None if there is none.
        One whose driver was killed is not."""
        return next((name for name in self.names() if self.status(name).is_driven), None)

    def say(self, name: str, status: SweepStatus) -> None:
        """The driver says what it does.

        Raises:
            TunesmithError: `file.not_writable`.
        """
        write_json(self.root / name / STATUS, status)

    def keep(self, name: str, file: str, value: msgspec.Struct) -> None:
        """Put `value` into the sweep's folder.

        Raises:
            TunesmithError: `file.not_writable`.
        """
        write_json(self.root / name / file, value)

    def kept(self, name: str, file: str, kind: type[Kept]) -> Kept | None:
        """What was put into the sweep's folder as `file`; None if there is nothing that can be read."""
        path = self.root / name / file
        if not path.is_file():
            return None
        try:
            return msgspec.convert(read_json_object(path), kind)
        except (TunesmithError, msgspec.ValidationError):
            return None

    def discard(self, name: str) -> None:
        """Put the sweep called `name` into the trash; its runs stay where they are.

        Raises:
            TunesmithError: `sweep.not_found`, `file.not_writable`.
        """
        _move(self.folder(name), paths.ensure_dir(self.root / TRASH) / name, "deleted")

    def discarded(self, name: str) -> Sweep:
        """The sweep called `name`, which is in the trash.

        Raises:
            TunesmithError: as `read`.
        """
        return SweepStore(self.root / TRASH).read(name)

    def restore(self, name: str) -> None:
        """Bring the sweep called `name` back from the trash.

        Raises:
            TunesmithError: `sweep.not_found`, `file.not_writable`.
        """
        _move(SweepStore(self.root / TRASH).folder(name), self.root / name, "restored")

    def empty_trash(self) -> None:
        """Delete for good what was discarded."""
        shutil.rmtree(self.root / TRASH, ignore_errors=True)


def _move(folder: Path, place: Path, verb: str) -> None:
    try:
        folder.rename(place)
    except OSError as error:
        raise TunesmithError(
            "file.not_writable",
            what=f"The sweep “{folder.name}” cannot be {verb}.",
            why=f"The system says: {error.strerror or error}.",
            remedy="Check your write permission there.",
            where=str(folder),
        ) from error
