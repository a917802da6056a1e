"""How far a run's worker goes this time: a share of the run's own steps, for whoever trains several runs in turns.

The run stops there with a validation and a checkpoint, and goes on from it as if it had never stopped: its learning
rate follows the whole run's schedule throughout.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import msgspec

from core.files import write_json
from core.runs.info import read_part
from core.upgrades import VERSIONS

FILE = "until.json"
ROUNDING = 1e-9  # a share such as 1/3 of 300 steps is 100 of them, and not 101


class Until(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`share`: of the run's steps, above 0, up to 1."""

    version: int = VERSIONS["until"]
    share: Annotated[float, msgspec.Meta(gt=0.0, le=1.0)]


def write_until(folder: Path, share: float) -> None:
    """The next worker of the run in `folder` goes up to `share` of its steps; 1 is to its end.

    Raises:
        TunesmithError: `file.not_writable`.
    """
    if share < 1.0:
        write_json(folder / FILE, Until(share=share))
    else:
        (folder / FILE).unlink(missing_ok=True)


def read_until(folder: Path) -> float:
    """The share of its steps that the run in `folder` goes up to.

    Raises:
        TunesmithError: `run.incomplete`, `file.newer_version`.
    """
    if not (folder / FILE).exists():
        return 1.0
    return read_part(folder, FILE, "until", Until).share


def step_at(share: float, steps_total: int) -> int:
    """The first step of `steps_total` at which at least `share` of them are done."""
    return min(steps_total, max(1, math.ceil(share * steps_total - ROUNDING)))
