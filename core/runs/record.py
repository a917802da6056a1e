"""RunRecord: all that a run's log comes to, and how far it was read; kept beside the log, so that a long run opens at
once.

The log is the truth. What is kept is believed only while the log begins with exactly what it was made of; damaged or
stale, it is made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.events import AnyEvent, CardReading, Memory, Progress, Step
from core.events.stream import EventDecoder, encode
from core.runs.curves import RunCurves
from core.runs.log import FILE as LOG_FILE
from core.runs.log import EventTail
from core.runs.table import Column

FILE = "curves.npz"
FORMAT = 1
WORTH_KEEPING_BYTES = 4 << 20  # what is shorter is read faster than it is looked up
MARK_BYTES = 4096  # of the log's first bytes, and of the last that were read, which must still be the same
SCALARS = ("device_total_bytes", "ram_total_bytes", "energy_wh", "read_card_at")
FREQUENT = (Step, Memory, CardReading, Progress)

log = logging.getLogger("tunesmith.runs")


class _Header(msgspec.Struct, frozen=True, kw_only=True):
    """What `curves.npz` says beside the columns."""

    format: int
    log_bytes: int
    mark: str
    scalars: dict[str, float]


class RunRecord:
    """What is known of one run's log.

    Attributes:
        curves: its numbers.
        offset: how many bytes of the log are in this record; always the end of a line.
        kept_bytes: how many of them are also in the file beside the log.
    """

    def __init__(self) -> None:
        self.curves = RunCurves()
        self.offset = 0
        self.kept_bytes = 0
        self._rare: list[AnyEvent] = []
        self._first_step: AnyEvent | None = None
        self._last: dict[type, tuple[int, AnyEvent]] = {}

    def add(self, events: Iterable[AnyEvent]) -> None:
        """Take in what the log says next."""
        events = list(events)
        self.curves.add(events)
        for event in events:
            kind = type(event)
            if kind not in FREQUENT:
                self._rare.append(event)
            elif kind is Step and self._first_step is None:
                self._first_step = event
                self._rare.append(event)
            else:
                self._last.pop(kind, None)  # the order of this dict is that of the log
                self._last[kind] = (len(self._rare), event)

    def telling(self) -> list[AnyEvent]:
        """The log without the numbers between: every rare event, the first step, and the last of each frequent kind, in
        order."""
        told = list(self._rare)
        for place, event in reversed(self._last.values()):
            told.insert(place, event)
        return told

    def copy(self) -> RunRecord:
        """A record of the same log that does not grow with this one, so that another thread can write it."""
        scalars = {name: getattr(self.curves, name) for name in SCALARS}
        made = _filled(self.telling(), self.curves.columns(), scalars)
        made.offset, made.kept_bytes = self.offset, self.kept_bytes
        return made

    @property
    def worth_keeping(self) -> bool:
        """Whether so much of the log is not in the file that writing it is worth the time."""
        return self.offset - self.kept_bytes >= WORTH_KEEPING_BYTES


def read_record(folder: Path) -> RunRecord:
    """All that the log of the run in `folder` says by now; keeps it if that took long. Takes seconds for a long log
    that was never opened."""
    record = kept_record(folder) or RunRecord()
    tail = EventTail(folder, record.offset)
    while events := tail.poll():
        record.add(events)
    record.offset = tail.consumed
    if record.worth_keeping:
        keep(folder, record)
    return record


def keep_if_long(folder: Path) -> None:
    """Keep what the log of the run in `folder` says, where reading it takes long enough to be worth it."""
    log_file = folder / LOG_FILE
    if log_file.exists() and log_file.stat().st_size >= WORTH_KEEPING_BYTES:
        read_record(folder)


def keep(folder: Path, record: RunRecord) -> None:
    """Write `record` beside the log. What cannot be written is only read more slowly the next time, and said in the
    program's log."""
    path, aside = folder / FILE, folder / f".{FILE}.{os.getpid()}"
    header = _Header(
        format=FORMAT,
        log_bytes=record.offset,
        mark=_mark(folder, record.offset),
        scalars={name: getattr(record.curves, name) for name in SCALARS},
    )
    arrays: dict[str, Any] = {
        "header": _bytes(msgspec.json.encode(header)),
        "telling": _bytes(b"".join(encode(event) for event in record.telling())),
        **record.curves.columns(),
    }
    try:
        with aside.open("wb") as file:
            np.savez(file, **arrays)
        aside.replace(path)
        record.kept_bytes = record.offset
    except OSError as error:
        log.warning("The curves of %s are not kept: %s", folder.name, error)
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)


def kept_record(folder: Path) -> RunRecord | None:
    """What was kept of the log of the run in `folder`; None if there is nothing, or nothing that still holds."""
    path = folder / FILE
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as arrays:
            header = msgspec.json.decode(arrays["header"].tobytes(), type=_Header)
            if header.format != FORMAT or header.mark != _mark(folder, header.log_bytes):
                return None
            record = _filled(EventDecoder().feed(arrays["telling"].tobytes()), arrays, header.scalars)
            record.offset = record.kept_bytes = header.log_bytes
            return record
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, msgspec.DecodeError) as error:
        log.warning("The curves kept of %s are damaged and made anew: %s", folder.name, error)
        return None


def _filled(events: list[AnyEvent], columns: Mapping[str, Column], scalars: Mapping[str, float]) -> RunRecord:
    record = RunRecord()
    record.add(events)
    record.curves.fill(columns)
    for name in SCALARS:
        setattr(record.curves, name, scalars[name])
    return record


def _bytes(content: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(content, dtype=np.uint8)


def _mark(folder: Path, log_bytes: int) -> str:
    """A digest of the first and the last bytes of the first `log_bytes` of the log; empty if it is shorter."""
    try:
        with (folder / LOG_FILE).open("rb") as file:
            first = file.read(min(MARK_BYTES, log_bytes))
            file.seek(max(0, log_bytes - MARK_BYTES))
            last = file.read(min(MARK_BYTES, log_bytes))
            whole = file.seek(0, 2) >= log_bytes
    except FileNotFoundError:
        return ""
    return hashlib.sha256(first + last).hexdigest() if whole else ""
