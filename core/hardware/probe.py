"""probe: the Machine this program runs on, in a fraction of a second, with or without a card."""

from __future__ import annotations

from pathlib import Path

import psutil

from core.hardware import system
from core.hardware.disks import disks
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
    found = disks(disk_path)
    swap = system.swap()
    return Machine(
        gpus=gpus,
        gpu_reason=reason,
        other_cards=other_cards(nvidia_works=bool(gpus)),
        ram_total_bytes=ram_total,
        ram_available_bytes=ram_available,
        swap_total_bytes=swap[0] if swap else None,
        swap_free_bytes=swap[1] if swap else None,
        cpu_cores=system.cores(),
        cpu_threads=psutil.cpu_count(),
        cpu_name=system.cpu_name(),
        disk_free_bytes=found[0].free_bytes,
        disk_path=found[0].path,
        disks=found,
        on_battery=system.on_battery(),
        system=system.system_name(),
    )
