"""What a run has come to so far: counts that a checkpoint carries from one worker to the next."""

from __future__ import annotations

from pathlib import Path

import msgspec

from core.engine.early_stopping import ValidationRecord
from core.errors import TunesmithError
from core.files import read_json_object, write_json

FILE = "progress.json"


class RunProgress(msgspec.Struct, kw_only=True):
    """Mutable, for the one worker at work.

    Attributes:
        steps: optimiser steps done.
        tokens: tokens trained on, padding left out.
        seconds: time at work, pauses and earlier workers' loading left out.
        step_seconds: the part of it spent in the steps themselves.
        loss_first, loss_last: of the run's first and latest step.
        peak_memory_bytes: the most that any worker held.
        validation: how the losses on the rows held back have gone.
        adapter_step: the step after which the result was as it is kept; 0 before there is one.
        rows, rows_digest: how many are trained on and a hash of them (`core.engine.same_data`); empty before they are
            known.
    """

    steps: int = 0
    tokens: int = 0
    seconds: float = 0.0
    step_seconds: float = 0.0
    loss_first: float | None = None
    loss_last: float | None = None
    peak_memory_bytes: int = 0
    validation: ValidationRecord = msgspec.field(default_factory=ValidationRecord)
    adapter_step: int = 0
    rows: int = 0
    rows_digest: str = ""

    @property
    def tokens_per_second(self) -> float:
        """The mean over all steps."""
        return self.tokens / self.step_seconds if self.step_seconds else 0.0

    def take(self, other: RunProgress) -> None:
        """Go on from the counts of `other`."""
        for field in RunProgress.__struct_fields__:
            setattr(self, field, getattr(other, field))


def write_progress(folder: Path, progress: RunProgress) -> None:
    """Put the counts into a checkpoint.

    Raises:
        TunesmithError: `file.not_writable`.
    """
    write_json(folder / FILE, progress)


def read_progress(folder: Path) -> RunProgress:
    """The counts of a checkpoint.

    Raises:
        TunesmithError: `run.broken_checkpoint`, or as `core.files.read_json_object`.
    """
    try:
        return msgspec.convert(read_json_object(folder / FILE), RunProgress)
    except msgspec.ValidationError as error:
        raise TunesmithError(
            "run.broken_checkpoint",
            what="A checkpoint cannot be read.",
            why=f"{error}.",
            remedy="Delete that checkpoint's folder; the run then goes on from the one before.",
            where=str(folder / FILE),
        ) from error
