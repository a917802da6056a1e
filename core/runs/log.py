"""A run's event log: read whole, or followed as it grows."""

from __future__ import annotations

from pathlib import Path

from core.events import AnyEvent
from core.events.stream import EventDecoder

FILE = "events.jsonl"
CHUNK_BYTES = 1 << 18  # at most this much a poll, so that following never holds a caller up


class EventTail:
    """Follows an event log from its start, or from `offset`, which must be the end of a line. `poll` never blocks."""

    def __init__(self, folder: Path, offset: int = 0) -> None:
        self._path = folder / FILE
        self._decoder = EventDecoder()
        self._offset = offset

    @property
    def consumed(self) -> int:
        """The end of the last line that was read."""
        return self._offset - self._decoder.unfinished_bytes

    @property
    def skipped(self) -> int:
        """Lines that were no events: torn by a crash, or of a newer Tunesmith."""
        return self._decoder.skipped

    def poll(self) -> list[AnyEvent]:
        """The next events, at most about 1,500 of them; empty if there is nothing new."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                chunk = file.read(CHUNK_BYTES)
        except FileNotFoundError:
            return []
        self._offset += len(chunk)
        return self._decoder.feed(chunk)


def read_events(folder: Path) -> list[AnyEvent]:
    """Every event of the run so far; a torn last line is left out."""
    try:
        return EventDecoder().feed((folder / FILE).read_bytes())
    except FileNotFoundError:
        return []


def last_events(folder: Path, bytes_from_end: int = 1 << 16) -> list[AnyEvent]:
    """The events in the last part of the log, so that a long run's end is known without reading all of it."""
    try:
        with (folder / FILE).open("rb") as file:
            size = file.seek(0, 2)
            start = max(0, size - bytes_from_end)
            file.seek(start)
            content = file.read()
    except FileNotFoundError:
        return []
    if start:
        content = content.partition(b"\n")[2]
    return EventDecoder().feed(content)


def first_events(folder: Path, bytes_from_start: int = 1 << 16) -> list[AnyEvent]:
    """The events in the first part of the log."""
    try:
        with (folder / FILE).open("rb") as file:
            return EventDecoder().feed(file.read(bytes_from_start))
    except FileNotFoundError:
        return []
