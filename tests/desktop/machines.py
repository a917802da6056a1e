"""A computer with a card, as the probe would tell of it. NVML is not on the test machine."""

from __future__ import annotations

from core.hardware.capability import abilities_of
from core.hardware.machine import GIB, Disk, Gpu, GpuProcess, LiveSample, Machine


def computer(*gpus: Gpu) -> Machine:
    return Machine(
        gpus=list(gpus),
        gpu_reason=f"Found {len(gpus)}." if gpus else "No NVIDIA driver is installed.",
        other_cards=[],
        ram_total_bytes=32 * GIB,
        ram_available_bytes=25 * GIB,
        cpu_cores=8,
        cpu_name="AMD Ryzen 7 5800X",
        disk_free_bytes=412 * GIB,
        disk_path="/home/anna/.local/share/tunesmith/runs",
        system="Ubuntu 24.04",
        swap_total_bytes=8 * GIB,
        swap_free_bytes=8 * GIB,
        cpu_threads=16,
        disks=[
            Disk(
                path="/home/anna/.local/share/tunesmith/runs",
                holds=["runs", "models"],
                free_bytes=412 * GIB,
                total_bytes=931 * GIB,
            )
        ],
    )


def rtx_3090() -> Gpu:
    return Gpu(
        index=0,
        name="NVIDIA GeForce RTX 3090",
        memory_total_bytes=24 * GIB,
        memory_free_bytes=22 * GIB,
        compute_capability=(8, 6),
        driver="580.65.06",
        cuda="13.0",
        processes=[
            GpuProcess(pid=4100, name="firefox", memory_bytes=1100 * 2**20),
            GpuProcess(pid=1822, name="gnome-shell", memory_bytes=600 * 2**20, kind="desktop"),
            GpuProcess(pid=5000, name="game", memory_bytes=None),
        ],
        memory_reserved_bytes=348 * 2**20,
        abilities=abilities_of((8, 6)),
        close_to_gain_bytes=1100 * 2**20,
        desktop_bytes=600 * 2**20,
        pcie_generation=1,
        pcie_lanes=16,
        pcie_generation_max=4,
        pcie_lanes_max=16,
        power_limit_w=280.0,
        power_default_w=350.0,
        temperature_c=44.0,
        fan_share=0.3,
        slowed_by=[],
    )


def moment(time: float = 0.0, gpu_used_bytes: int | None = 2 * GIB) -> LiveSample:
    return LiveSample(
        time=time,
        ram_used_bytes=7 * GIB,
        ram_total_bytes=32 * GIB,
        gpu_used_bytes=gpu_used_bytes,
        gpu_total_bytes=None if gpu_used_bytes is None else 24 * GIB,
        gpu_utilization=None if gpu_used_bytes is None else 0.97,
        gpu_temperature_c=None if gpu_used_bytes is None else 66.0,
        gpu_power_w=None if gpu_used_bytes is None else 310.0,
    )
