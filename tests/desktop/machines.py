"""A computer with a card, as the probe would tell of it. NVML is not on the test machine."""

from __future__ import annotations

from core.hardware.machine import GIB, Gpu, GpuProcess, LiveSample, Machine


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
            GpuProcess(pid=1822, name="gnome-shell", memory_bytes=600 * 2**20),
            GpuProcess(pid=4100, name="firefox", memory_bytes=1100 * 2**20),
            GpuProcess(pid=5000, name="game", memory_bytes=None),
        ],
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
