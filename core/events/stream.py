"""Events as bytes and back: framed by lines, an unfinished line carried over, a torn last one survived."""

from __future__ import annotations

import msgspec

from core.events import AnyEvent

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


def encode(event: AnyEvent) -> bytes:
    """One event as a line."""
    return _encoder.encode(event) + b"\n"


class EventDecoder:
    """Turns chunks of bytes, cut anywhere, into events.

    A line that is no event (torn by a crash, or of a kind that only a newer Tunesmith knows) is counted in `skipped`.
    """

    def __init__(self) -> None:
        self._rest = b""
        self.skipped = 0

    @property
    def unfinished_bytes(self) -> int:
        """How much of a line is here whose end has not come."""
        return len(self._rest)

    def feed(self, chunk: bytes) -> list[AnyEvent]:
        """The events that `chunk` completes."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        events = []
        for line in lines:
            if not line.strip():
                continue
            try:
                events.append(_decoder.decode(line))
            except (msgspec.DecodeError, UnicodeDecodeError):
                self.skipped += 1
        return events
