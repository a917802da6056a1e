"""Reading what an older Tunesmith wrote: one small function per on-disk version, for jobs, events, runs and the rest.

To change a format: raise its number in `VERSIONS`, write a function that turns a document of the old version into
the next, and register it with `@upgrade(kind, from_version)`. `tests/core/test_upgrades.py` fails while one is
missing or untested.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from core.errors import TunesmithError

Kind = Literal["job", "events", "run", "project", "leaner", "until", "sweep", "queue"]
Document = dict[str, Any]

VERSIONS: dict[Kind, int] = {
    "job": 1,
    "events": 1,
    "run": 3,
    "project": 1,
    "leaner": 1,
    "until": 1,
    "sweep": 1,
    "queue": 1,
}

_UPGRADES: dict[tuple[Kind, int], Callable[[Document], Document]] = {}


def upgrade(
    kind: Kind, from_version: int
) -> Callable[[Callable[[Document], Document]], Callable[[Document], Document]]:
    """Register the function that turns a `kind` document of `from_version` into one of `from_version + 1`."""

    def register(function: Callable[[Document], Document]) -> Callable[[Document], Document]:
        _UPGRADES[kind, from_version] = function
        return function

    return register


def upgraded(kind: Kind, document: Document, where: str) -> Document:
    """`document` in today's version.

    Raises:
        TunesmithError: `file.newer_version` if a newer Tunesmith wrote it, `file.no_version` if it has no usable
        version.
    """
    version = document.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise TunesmithError(
            "file.no_version",
            what=f"This is not a Tunesmith {kind} file.",
            why=f"It has no usable version number (found {version!r}).",
            remedy="Choose a file that Tunesmith wrote.",
            where=where,
        )
    if version > VERSIONS[kind]:
        raise TunesmithError(
            "file.newer_version",
            what=f"This {kind} file was written by a newer Tunesmith.",
            why=f"It has version {version}; this Tunesmith reads up to version {VERSIONS[kind]}.",
            remedy="Update Tunesmith, then open it again. The file was not changed.",
            where=where,
        )
    while version < VERSIONS[kind]:
        document = _UPGRADES[kind, version](document)
        version += 1
    return document | {"version": version}


@upgrade("run", 1)
def list_predictions(document: Document) -> Document:
    """Version 2 lists what each depth of the estimate said; version 1 knew one."""
    total = document.get("predicted_memory_bytes")
    said = {"depth": document.get("predicted_depth") or "instant", "total_bytes": total, "tokens_per_second": 0.0}
    return document | {"predictions": [said] if total else []}


@upgrade("run", 2)
def drop_padded_speed(document: Document) -> Document:
    """Version 2 also kept the speed of rows at their longest, which no run's own speed can be held against."""
    return {key: value for key, value in document.items() if key != "predicted_tokens_per_second"}
