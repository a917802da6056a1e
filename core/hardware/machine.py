"""Machine: what this computer has. Plain values; `core.hardware.probe` fills them."""

from __future__ import annotations

import msgspec

GIB = 2**30


class GpuProcess(msgspec.Struct, frozen=True, kw_only=True):
    """A process that holds memory of a card. `memory_bytes` is None where the driver does not tell."""

    pid: int
    name: str
    memory_bytes: int | None


class Gpu(msgspec.Struct, frozen=True, kw_only=True):
    """One NVIDIA card. A reading that the driver refuses is None, never 0."""

    index: int
    name: str
    memory_total_bytes: int
    memory_free_bytes: int
    compute_capability: tuple[int, int] | None
    driver: str | None
    cuda: str | None
    processes: list[GpuProcess]


class OtherCard(msgspec.Struct, frozen=True, kw_only=True):
    """A graphics card that Tunesmith cannot train on yet, and what that means for the person."""

    name: str
    vendor: str
    note: str


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """GPUs, RAM, disk, cores. `gpu_reason` says in words why `gpus` is what it is (no driver, no card, found n)."""

    gpus: list[Gpu]
    gpu_reason: str
    other_cards: list[OtherCard]
    ram_total_bytes: int
    ram_available_bytes: int
    cpu_cores: int
    cpu_name: str
    disk_free_bytes: int
    disk_path: str
    system: str


class LiveSample(msgspec.Struct, frozen=True, kw_only=True):
    """One moment of the machine, for plots and the status line. `gpu_*` are None without a card."""

    time: float
    ram_used_bytes: int
    ram_total_bytes: int
    gpu_used_bytes: int | None = None
    gpu_total_bytes: int | None = None
    gpu_utilization: float | None = None
    gpu_temperature_c: float | None = None
    gpu_power_w: float | None = None
