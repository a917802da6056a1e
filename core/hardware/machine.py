"""Machine: what this computer has. Plain values; `core.hardware.probe` fills them."""

from __future__ import annotations

from typing import Literal

import msgspec

GIB = 2**30


class GpuProcess(msgspec.Struct, frozen=True, kw_only=True):
    """A process that holds memory of a card. `memory_bytes` is None where the driver does not tell.

    `kind` says what closing it means: a `program` can be closed, the `desktop` (window system and shell) cannot, and a
    `tunesmith` process is this program's own.
    """

    pid: int
    name: str
    memory_bytes: int | None
    kind: Literal["program", "desktop", "tunesmith"] = "program"


class Abilities(msgspec.Struct, frozen=True, kw_only=True):
    """What follows from a card's compute capability (`core.hardware.capability` says from where)."""

    architecture: str
    tensor_cores: bool
    bf16: bool
    int8_tensor_cores: bool
    fp8_tensor_cores: bool
    cuda_13: bool


class Gpu(msgspec.Struct, frozen=True, kw_only=True):
    """One NVIDIA card. A reading that the driver refuses is None, never 0.

    Attributes:
        memory_reserved_bytes: what the driver keeps for itself; part of what is not free.
        shares_ram: the card has no memory of its own; its memory is the computer's.
        processes: who holds memory, most first. Where `processes_told` is false the driver does not name them (in WSL,
            for one), and the list is not the whole.
        close_to_gain_bytes: what closing every `program` would free, as far as the driver tells.
        desktop_bytes: what the window system holds, which cannot be closed.
        pcie_generation, pcie_lanes: of the link now, which sleeps when nothing is sent; `_max` what card and slot can.
        power_limit_w: enforced now; `power_default_w` as the maker set it.
        slowed_by: why the card runs below its clocks, in words; empty where it does not.
    """

    index: int
    name: str
    memory_total_bytes: int
    memory_free_bytes: int
    compute_capability: tuple[int, int] | None
    driver: str | None
    cuda: str | None
    processes: list[GpuProcess]
    uuid: str | None = None
    memory_reserved_bytes: int | None = None
    shares_ram: bool = False
    abilities: Abilities | None = None
    processes_told: bool = True
    close_to_gain_bytes: int = 0
    desktop_bytes: int = 0
    pcie_generation: int | None = None
    pcie_lanes: int | None = None
    pcie_generation_max: int | None = None
    pcie_lanes_max: int | None = None
    power_limit_w: float | None = None
    power_default_w: float | None = None
    temperature_c: float | None = None
    fan_share: float | None = None
    slowed_by: list[str] | None = None


class OtherCard(msgspec.Struct, frozen=True, kw_only=True):
    """A graphics card that Tunesmith cannot train on yet, and what that means for the person."""

    name: str
    vendor: str
    note: str
    memory_bytes: int | None = None


class Disk(msgspec.Struct, frozen=True, kw_only=True):
    """A disk that Tunesmith writes to, and what of it lives there: `runs`, `models` or both."""

    path: str
    holds: list[Literal["runs", "models"]]
    free_bytes: int
    total_bytes: int


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """GPUs, RAM, disk, cores. `gpu_reason` says in words why `gpus` is what it is (no driver, no card, found n).

    `disk_free_bytes` and `disk_path` are of the disk where runs are kept; `disks` has that of downloaded models too,
    where it is another. `swap_*` are None where the system does not tell, `on_battery` where there is no battery.
    """

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
    swap_total_bytes: int | None = None
    swap_free_bytes: int | None = None
    cpu_threads: int | None = None
    disks: list[Disk] = []
    on_battery: bool | None = None


class LiveSample(msgspec.Struct, frozen=True, kw_only=True):
    """One moment of the machine, for plots and the status line. `gpu_*` are None without a card.

    `gpu_slowed_by`: as `Gpu.slowed_by`; `gpu_slowdown_c`: the temperature at which the card slows itself down.
    `gpu_lost`: there was a card, and it stopped answering.
    """

    time: float
    ram_used_bytes: int
    ram_total_bytes: int
    gpu_used_bytes: int | None = None
    gpu_total_bytes: int | None = None
    gpu_utilization: float | None = None
    gpu_temperature_c: float | None = None
    gpu_power_w: float | None = None
    gpu_slowed_by: list[str] | None = None
    gpu_slowdown_c: float | None = None
    gpu_lost: bool = False
