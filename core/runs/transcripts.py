"""Transcripts: what a run's two models were asked and what they answered, one exchange a line, in the run's folder."""

from __future__ import annotations

import re
import time
from pathlib import Path

import msgspec

from core.errors import TunesmithError
from core.events import Column
from core.requests import Sampling
from core.runs.run import TRANSCRIPTS


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One column's answer. `reason` says why it ended (`end`, `length`, `stopped`)."""

    text: str
    tokens_per_second: float
    reason: str


class TranscriptLine(msgspec.Struct, frozen=True, kw_only=True):
    """One exchange. `time` is when the prompt was sent, in seconds since the epoch."""

    time: float = msgspec.field(default_factory=time.time)
    prompt: str
    sampling: Sampling
    answers: dict[Column, Said]


def new_name(now_s: float | None = None) -> str:
    """A name for a conversation that starts now; names sort by time."""
    moment = time.time() if now_s is None else now_s
    return f"{time.strftime('%Y-%m-%d-%H%M%S', time.localtime(moment))}-{int(moment * 1000) % 1000:03d}"


def append(run_folder: Path, name: str, line: TranscriptLine) -> Path:
    """Add `line` to the conversation `name` of the run in `run_folder`; gives the file.

    Raises:
        TunesmithError: `transcript.not_written`.
    """
    path = run_folder / TRANSCRIPTS / f"{re.sub(r'[^A-Za-z0-9_-]', '-', name)}.jsonl"
    try:
        if not run_folder.is_dir():
            raise FileNotFoundError(2, "The run's folder is gone", str(run_folder))
        path.parent.mkdir(exist_ok=True)
        with path.open("ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")
    except OSError as error:
        raise TunesmithError(
            "transcript.not_written",
            what="This conversation cannot be saved.",
            why=f"The system says: {error.strerror or error}.",
            remedy="Check the free space and your write permission there. The chat goes on.",
            where=str(path),
        ) from error
    return path
