"""What is planned for: a card of this computer, a card that somebody else owns, or the RAM where there is no card."""

from __future__ import annotations

from core.errors import TunesmithError
from core.fit.cards import Card, card_named, known_card
from core.fit.values import FitMachine
from core.hardware.machine import GIB, Gpu, Machine

RESERVE_SHARE = 0.02  # of a card: what the driver keeps, and what the desktop may ask for while training runs
RAM_RESERVE_SHARE = 0.10  # of the RAM: what the system and the window need to stay responsive


def plan_for(machine: Machine, gpu: str | None = None, gpu_memory_gib: float | None = None) -> FitMachine:
    """The place to plan for.

    Usable is the total, less what other programs hold, less a reserve of 2 % of a card or 10 % of the RAM.

    Args:
        machine: this computer.
        gpu: the name of a card of the table, to plan for a card that is not here.
        gpu_memory_gib: another size for that card, or for a card of no particular name.

    Raises:
        TunesmithError: `fit.unknown_card`, `fit.bad_memory`.
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
        return plan_for_card(known_card(gpu), gpu_memory_gib)
    if gpu_memory_gib is not None:
        total = int(gpu_memory_gib * GIB)
        return _card(f"card with {gpu_memory_gib:g} GiB", total, 0, None, simulated=True)
    return _real(machine.gpus[0]) if machine.gpus else _processor(machine)


def plan_for_card(card: Card, memory_gib: float | None = None) -> FitMachine:
    """A card that is not in this computer, empty."""
    total = card.memory_bytes if memory_gib is None else int(memory_gib * GIB)
    return _card(card.name, total, 0, card.compute_capability, simulated=True)


def _real(gpu: Gpu) -> FitMachine:
    known = card_named(gpu.name)
    capability = gpu.compute_capability or (known.compute_capability if known else None)
    held = gpu.memory_total_bytes - gpu.memory_free_bytes
    return _card(gpu.name, gpu.memory_total_bytes, held, capability, simulated=False)


def _card(name: str, total: int, held: int, capability: tuple[int, int] | None, *, simulated: bool) -> FitMachine:
    return FitMachine(
        gpu=name,
        memory_total_bytes=total,
        memory_usable_bytes=max(0, total - held - int(RESERVE_SHARE * total)),
        held_bytes=held,
        simulated=simulated,
        is_gpu=True,
        compute_capability=capability,
    )


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
