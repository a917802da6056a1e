"""What any worker may say, whatever its task."""

from __future__ import annotations

from core.events.base import Event


class Opened(Event, frozen=True, kw_only=True, tag="opened"):
    """The first line of each worker's part of a log. `version` is that of the event format."""

    version: int
    task: str
    pid: int


class Progress(Event, frozen=True, kw_only=True, tag="progress"):
    """How far a phase has come; at most five a second.

    `phase` is a stable word (`loading`, `tokenising`, `downloading`, `saving`, …), `text` is for the person; `done`
    and `total` count `unit`s (`total` 0: unknown); `per_second` and `left_s` are 0 while unknown.
    """

    phase: str
    text: str
    done: int = 0
    total: int = 0
    unit: str = ""
    per_second: float = 0.0
    left_s: float = 0.0


class Warned(Event, frozen=True, kw_only=True, tag="warning"):
    """Something the person should know that stops nothing."""

    code: str
    text: str


class Failed(Event, frozen=True, kw_only=True, tag="failed"):
    """The task ended with an error: the fields of a `TunesmithError`. A bug has the code `internal`; its traceback
    is in the log."""

    code: str
    what: str
    why: str
    remedy: str
    where: str = ""


class Done(Event, frozen=True, kw_only=True, tag="done"):
    """The explicit last word of an attached task that succeeded."""
