"""RunStore: the folder of all runs."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from filelock import FileLock

from core import paths
from core.errors import TunesmithError
from core.job import TrainingJob, save_job
from core.runs.info import RunInfo, write_info
from core.runs.run import JOB_FILE, Run
from core.runs.summary import RunSummary

TRASH = ".trash"
LABELS_LOCK = ".labels.lock"


class RunStore:
    """Makes, finds, lists and deletes runs. Keeps nothing in memory: two programs may use one folder."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or paths.runs_dir()

    def list(self) -> list[RunSummary]:
        """A row for every run, newest first; damaged ones too."""
        if not self.root.is_dir():
            return []
        folders = [p for p in self.root.iterdir() if p.is_dir() and not p.name.startswith(".")]
        return sorted((Run(p).summary() for p in folders), key=lambda s: (s.created, s.name), reverse=True)

    def get(self, name: str) -> Run:
        """The run called `name`: its folder's name, its path, or the title that it was given.

        Raises:
            TunesmithError: `run.not_found`.
        """
        for folder in (self.root / name, Path(name).absolute()):
            if name and name not in (".", "..") and folder.is_dir():
                return Run(folder)
        titled = self._titled(name)
        if titled is not None:
            return titled
        raise TunesmithError(
            "run.not_found",
            what=f"There is no run called “{name}”.",
            why="No folder of that name lies among the runs.",
            remedy="`tunesmith runs` lists them.",
            where=str(self.root),
        )

    def create(self, job: TrainingJob, info: RunInfo | None = None) -> Run:
        """A new run for `job`: called as `info` says, where no other is called so, or else with a name of its own.

        Raises:
            TunesmithError: `paths.not_writable`, `file.not_writable`.
        """
        paths.ensure_dir(self.root)
        folder = self._new_folder((info.name if info is not None else "") or new_name(job))
        given = info or RunInfo(name=folder.name)
        save_job(job, folder / JOB_FILE)
        write_info(folder, msgspec.structs.replace(given, name=folder.name))
        return Run(folder)

    def _new_folder(self, base: str) -> Path:
        number = 1
        while True:
            folder = self.root / (base if number == 1 else f"{base}-{number}")
            try:
                folder.mkdir()
            except FileExistsError:
                number += 1
            else:
                return folder

    def rename(self, name: str, title: str) -> Run:
        """Call the run called `name` otherwise; its folder stays. An empty title gives it its folder's name back.

        Raises:
            TunesmithError: `run.not_found`, `run.incomplete`, `run.title_taken`, `file.not_writable`.
        """
        run, title = self.get(name), " ".join(title.split())
        holder = self._titled(title) if title else None
        taken = (self.root / title).exists() if title and "/" not in title and "\\" not in title else False
        if taken or (holder is not None and holder.path != run.path):
            raise TunesmithError(
                "run.title_taken",
                what=f"The run cannot be called “{title}”.",
                why="Another run has that name, and each must be told from the others.",
                remedy="Choose another name.",
                where=str(run.path),
            )
        return self._relabelled(run, title=title)

    def note(self, name: str, notes: str) -> Run:
        """Keep what the person writes about the run called `name`, instead of what was written before.

        Raises:
            TunesmithError: `run.not_found`, `run.incomplete`, `file.not_writable`.
        """
        return self._relabelled(self.get(name), notes=notes.strip())

    def tag(self, name: str, tags: Sequence[str]) -> Run:
        """Put these tags on the run called `name`, instead of those that it had.

        Raises:
            TunesmithError: `run.not_found`, `run.incomplete`, `file.not_writable`.
        """
        wanted = [" ".join(tag.split()) for tag in tags]
        return self._relabelled(self.get(name), tags=list(dict.fromkeys(tag for tag in wanted if tag)))

    def _relabelled(self, run: Run, **labels: Any) -> Run:
        with FileLock(run.path.parent / LABELS_LOCK):  # two changes at once would undo one another
            write_info(run.path, msgspec.structs.replace(run.info(), **labels))
        return run

    def _titled(self, title: str) -> Run | None:
        """The run that was given the title `title`."""
        if not title or not self.root.is_dir():
            return None
        for folder in sorted(p for p in self.root.iterdir() if p.is_dir() and not p.name.startswith(".")):
            try:
                if Run(folder).info().title == title:
                    return Run(folder)
            except TunesmithError:  # its row in the list says what is wrong with it
                continue
        return None

    def delete(self, name: str) -> None:
        """Delete the run called `name` and all that is in its folder.

        Raises:
            TunesmithError: `run.not_found`, `run.incomplete` for a folder elsewhere that is no run, `run.active` while
                its worker lives, `file.not_writable`.
        """
        run = self._idle(name)
        try:
            shutil.rmtree(run.path)
        except OSError as error:
            raise _not_movable(run, "deleted", error) from error

    def discard(self, name: str) -> None:
        """Put the run called `name` into the trash, out of the list; `restore` brings it back until `empty_trash`.

        Raises:
            TunesmithError: `run.not_found`, `run.active` while its worker lives, `file.not_writable`.
        """
        run = self._idle(name)
        trash = paths.ensure_dir(self.root / TRASH)
        try:
            run.path.rename(trash / run.name)
        except OSError as error:
            raise _not_movable(run, "deleted", error) from error

    def restore(self, name: str) -> None:
        """Bring the run called `name` back from the trash.

        Raises:
            TunesmithError: `run.not_found`, `file.not_writable`.
        """
        run = RunStore(self.root / TRASH).get(name)
        try:
            run.path.rename(self.root / run.name)
        except OSError as error:
            raise _not_movable(run, "restored", error) from error

    def empty_trash(self) -> None:
        """Delete for good what was discarded; what the system does not let go of stays in the trash."""
        shutil.rmtree(self.root / TRASH, ignore_errors=True)

    def _idle(self, name: str) -> Run:
        """The run called `name`, if nobody works on it. Any path can be given, and what is returned here is deleted:
        outside the store's own folder, only a whole run counts."""
        run = self.get(name)
        if run.path.resolve().parent != self.root.resolve():
            run.info()
        worker = run.worker()
        if worker is not None and worker.alive():
            raise TunesmithError(
                "run.active",
                what=f"The run “{name}” is still at work.",
                why=f"Its worker (process {worker.pid}) is alive.",
                remedy="Stop it first, then delete it.",
                where=str(run.path),
            )
        return run


def _not_movable(run: Run, verb: str, error: OSError) -> TunesmithError:
    return TunesmithError(
        "file.not_writable",
        what=f"The run “{run.name}” cannot be {verb}.",
        why=f"The system says: {error.strerror or error}.",
        remedy="Check your write permission there.",
        where=str(error.filename or run.path),
    )


def new_name(job: TrainingJob) -> str:
    """A name for something made of `job` now."""
    model = re.sub(r"[^a-z0-9.]+", "-", Path(job.model.id).name.lower()).strip("-.") or "model"
    return f"{time.strftime('%Y-%m-%d-%H%M%S')}-{model}"
