"""The disks that Tunesmith writes to, with what is free on them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Literal

from core import paths
from core.hardware.machine import Disk
from core.hardware.system import existing


def disks(runs: Path | None = None, models: Path | None = None) -> list[Disk]:
    """The disk where runs are kept, and that of downloaded models where it is another; one entry where they are one.

    Args:
        runs, models: folders in place of the usual ones; they need not exist yet.
    """
    there = existing(runs or paths.runs_dir())
    other = existing(models or paths.models_dir())
    if there.stat().st_dev == other.stat().st_dev:
        return [_disk(there, ["runs", "models"])]
    return [_disk(there, ["runs"]), _disk(other, ["models"])]


def _disk(folder: Path, holds: list[Literal["runs", "models"]]) -> Disk:
    usage = shutil.disk_usage(folder)
    return Disk(path=str(folder), holds=holds, free_bytes=usage.free, total_bytes=usage.total)
