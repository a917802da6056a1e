"""What is planned for: a card of this computer, a card that somebody else owns, or the RAM where there is no card."""

from __future__ import annotations

from core.errors import TunesmithError
from core.fit.cards import Card, card_named, counted, counted_name, known_card
from core.fit.values import FitMachine
from core.hardware.machine import GIB, Gpu, Machine
from core.hardware.pcie import pcie_bytes_per_s

RESERVE_SHARE = 0.02  # of a card: what the driver keeps, and what the desktop may ask for while training runs
RAM_RESERVE_SHARE = 0.10  # of the RAM: what the system and the window need to stay responsive


def plan_for(machine: Machine, gpu: str | None = None, gpu_memory_gib: float | None = None) -> FitMachine:
    """The place to plan for.

    Usable is the total, less what other programs hold, less a reserve of 2 % of every card or 10 % of the RAM.

    Args:
        machine: this computer.
        gpu: the name of a card of the table, to plan for a card that is not here; `2x NAME` for two of it.
        gpu_memory_gib: another size for that card (for each, of several), or for a card of no particular name.

    Raises:
        TunesmithError: `fit.unknown_card`, `fit.bad_count`, `fit.bad_memory`.
    """
    if gpu_memory_gib is not None and not 0 < gpu_memory_gib <= 4096:
        raise TunesmithError(
            "fit.bad_memory",
            what=f"A card cannot have {gpu_memory_gib:g} GiB of memory.",
            why="The number must be above 0 and at most 4,096.",
            remedy="Give the card's memory in GiB, for example --gpu-memory 24.",
            where="--gpu-memory",
        )
    if gpu is not None:
        return plan_for_card(known_card(gpu), gpu_memory_gib, counted(gpu)[0])
    if gpu_memory_gib is not None:
        total = int(gpu_memory_gib * GIB)
        return FitMachine(
            gpu=f"card with {gpu_memory_gib:g} GiB",
            memory_total_bytes=total,
            memory_usable_bytes=_usable(total, held=0),
            held_bytes=0,
            simulated=True,
            is_gpu=True,
        )
    return _real(machine.gpus[0]) if machine.gpus else _processor(machine)


def plan_for_card(card: Card, memory_gib: float | None = None, count: int = 1) -> FitMachine:
    """A card that is not in this computer, empty, or `count` of it."""
    total = count * (card.memory_bytes if memory_gib is None else int(memory_gib * GIB))
    return FitMachine(
        gpu=counted_name(count, card.name),
        memory_total_bytes=total,
        memory_usable_bytes=_usable(total, held=0),
        held_bytes=0,
        simulated=True,
        is_gpu=True,
        compute_capability=card.compute_capability,
        gpu_count=count,
        power_limit_w=float(card.power_w),
        pcie_gb_s=card.pcie_gb_s,
    )


def card_of(machine: FitMachine) -> Card | None:
    """The table's card that is planned for; of those that are sold with several sizes the one of this memory."""
    return card_named(machine.gpu, machine.memory_total_bytes // machine.gpu_count) if machine.is_gpu else None


def _real(gpu: Gpu) -> FitMachine:
    known = card_named(gpu.name, gpu.memory_total_bytes)
    held = gpu.memory_total_bytes - gpu.memory_free_bytes
    power = gpu.power_limit_w or (float(known.power_w) if known else None)
    if gpu.pcie_generation_max is not None and gpu.pcie_lanes_max is not None:
        pcie: float | None = pcie_bytes_per_s(gpu.pcie_generation_max, gpu.pcie_lanes_max) / 1e9
    else:
        pcie = known.pcie_gb_s if known else None
    return FitMachine(
        gpu=gpu.name,
        memory_total_bytes=gpu.memory_total_bytes,
        memory_usable_bytes=_usable(gpu.memory_total_bytes, held),
        held_bytes=held,
        simulated=False,
        is_gpu=True,
        compute_capability=gpu.compute_capability or (known.compute_capability if known else None),
        power_limit_w=power,
        pcie_gb_s=pcie,
    )


def _usable(total: int, held: int) -> int:
    return max(0, total - held - int(RESERVE_SHARE * total))


def _processor(machine: Machine) -> FitMachine:
    return FitMachine(
        gpu="",
        memory_total_bytes=machine.ram_total_bytes,
        memory_usable_bytes=max(0, machine.ram_available_bytes - int(RAM_RESERVE_SHARE * machine.ram_total_bytes)),
        held_bytes=machine.ram_total_bytes - machine.ram_available_bytes,
        simulated=False,
        is_gpu=False,
        cpu_cores=machine.cpu_cores,
    )
