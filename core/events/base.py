"""What every event has."""

from __future__ import annotations

import time

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """One thing a worker says. `time` is seconds since the epoch."""

    time: float = msgspec.field(default_factory=time.time)
