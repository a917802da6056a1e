"""Run: a folder. What is in it is the truth; objects of this class only look into it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from core.errors import TunesmithError
from core.events import AnyEvent
from core.job import TrainingJob, load_job
from core.runs.commands import RunCommand, post
from core.runs.info import RunInfo, incomplete, read_info
from core.runs.leaner import leaned
from core.runs.liveness import WorkerIdentity, read_identity
from core.runs.log import EventTail, read_events
from core.runs.summary import RunSummary, broken_summary, summarize

JOB_FILE = "job.json"
LOCK_FILE = "worker.lock"
LOG_FILE = "worker.log"
ADAPTER = "adapter"
CHECKPOINTS = "checkpoints"
TRANSCRIPTS = "transcripts"


class Run:
    """One training run in its folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def name(self) -> str:
        """The folder's name, which names the run everywhere."""
        return self.path.name

    def info(self) -> RunInfo:
        """Name, creation and promise.

        Raises:
            TunesmithError: `run.incomplete`, `file.newer_version`.
        """
        return read_info(self.path)

    def job(self) -> TrainingJob:
        """What was asked for.

        Raises:
            TunesmithError: `run.incomplete`, or as `core.job.load_job`.
        """
        if not (self.path / JOB_FILE).exists():
            raise incomplete(self.path, f"{JOB_FILE} is missing.")
        return load_job(self.path / JOB_FILE)

    def job_as_trained(self) -> TrainingJob:
        """What is trained now: what was asked for, with what the run changed by itself because memory ran out.

        Raises:
            TunesmithError: as `job`.
        """
        job = self.job()
        return msgspec.structs.replace(job, settings=leaned(job.settings, self.path))

    def summary(self) -> RunSummary:
        """One row about this run; a damaged folder gives a row that says so."""
        try:
            return summarize(self.path, self.info(), self.job())
        except TunesmithError as error:
            return broken_summary(self.path, error.fields())

    def events(self) -> list[AnyEvent]:
        """Everything its workers said so far."""
        return read_events(self.path)

    def tail(self, offset: int = 0) -> EventTail:
        """A follower of the log, from its start or from the end of a line."""
        return EventTail(self.path, offset)

    def worker(self) -> WorkerIdentity | None:
        """Who works, or worked last, on it."""
        return read_identity(self.path)

    def tell(self, command: RunCommand) -> None:
        """Post a command to the worker.

        Raises:
            TunesmithError: `file.not_writable`.
        """
        post(self.path, command)

    def checkpoints(self) -> list[Path]:
        """The whole checkpoints, oldest first."""
        return sorted((self.path / CHECKPOINTS).glob("step-*"))

    def adapter(self) -> Path | None:
        """The trained adapter: the result, or else the newest checkpoint's; None if there is none yet."""
        candidates = [self.path / ADAPTER, *reversed(self.checkpoints())]
        return next((c for c in candidates if (c / "adapter_config.json").exists()), None)

    def last_words(self, lines: int = 20) -> str:
        """The end of the worker's own output, for a death that no event explains."""
        try:
            with (self.path / LOG_FILE).open("rb") as file:
                size = file.seek(0, 2)
                file.seek(max(0, size - 8192))
                text = file.read().decode("utf-8", errors="replace")
        except FileNotFoundError:
            return ""
        return "\n".join(text.splitlines()[-lines:])
