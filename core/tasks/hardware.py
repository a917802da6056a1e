"""What this computer has, for the window and the command line."""

from __future__ import annotations

from pathlib import Path

from core import paths
from core.hardware.machine import Machine
from core.hardware.probe import probe


def detect(disk_path: Path | None = None) -> Machine:
    """This computer now; takes well under a second. The disk is the one where runs are kept, or that of `disk_path`."""
    return probe(disk_path or paths.runs_dir())
