"""How far the rehearsal of the settings on the Train page is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.fit.rehearsal import Rehearsal

Phase = Literal["none", "running", "done", "failed", "later"]


@dataclass(frozen=True)
class Rehearsing:
    """`running`: it waits or runs; `later`: not while a run is computed. `reason` says why it failed; `result` is there
    once it is done."""

    phase: Phase = "none"
    reason: str = ""
    result: Rehearsal | None = None


NOT_REHEARSED = Rehearsing()
