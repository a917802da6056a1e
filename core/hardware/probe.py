"""probe: the Machine this program runs on, in a fraction of a second, with or without a card."""

from __future__ import annotations

from pathlib import Path

from core import paths
from core.hardware import system
from core.hardware.machine import Machine
from core.hardware.nvidia import read_gpus
from core.hardware.other_cards import other_cards


def probe(disk_path: Path | None = None) -> Machine:
    """What this computer has now.

    Args:
        disk_path: the place whose free space counts; where runs are kept by default.
    """
    ram_total, ram_available = system.ram()
    gpus, reason = read_gpus(ram_total, ram_available)
    free, folder = system.disk_free(disk_path or paths.runs_dir())
    return Machine(
        gpus=gpus,
        gpu_reason=reason,
        other_cards=other_cards(nvidia_works=bool(gpus)),
        ram_total_bytes=ram_total,
        ram_available_bytes=ram_available,
        cpu_cores=system.cores(),
        cpu_name=system.cpu_name(),
        disk_free_bytes=free,
        disk_path=str(folder),
        system=system.system_name(),
    )
