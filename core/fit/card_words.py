"""A card and a computer as rows of facts. The window and the command line say the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from core.fit.words import format_bytes
from core.hardware.capability import in_words
from core.hardware.machine import Abilities, Disk, Gpu, GpuProcess, Machine
from core.hardware.pcie import pcie_bytes_per_s

NAMED = 3  # programs that are named one by one in a sentence


class Fact(NamedTuple):
    """A row: what, how much, and in `tip` what it means, empty where that is plain."""

    name: str
    value: str
    tip: str = ""


def card_facts(gpu: Gpu, free_bytes: int | None = None) -> list[Fact]:
    """What there is to say of a card, without what it does this moment; what the driver does not tell is left out.

    `free_bytes` is what is free now, where that is newer than what the card was read with.
    """
    rows = [_memory(gpu, gpu.memory_free_bytes if free_bytes is None else free_bytes)]
    if gpu.compute_capability is not None and gpu.abilities is not None:
        rows.append(_capability(gpu.compute_capability, gpu.abilities))
    if gpu.driver is not None:
        up_to = f", for CUDA up to {gpu.cuda}" if gpu.cuda else ""
        rows.append(
            Fact("Driver", f"{gpu.driver}{up_to}", "A PyTorch that is built for a later CUDA will not run on it.")
        )
    rows += [fact for fact in (_pcie(gpu), _power(gpu)) if fact is not None]
    return rows


def _memory(gpu: Gpu, free_bytes: int) -> Fact:
    if gpu.shares_ram:
        return Fact("Memory", f"{format_bytes(gpu.memory_total_bytes)}, shared with the computer")
    value = _free_of(free_bytes, gpu.memory_total_bytes)
    if gpu.memory_reserved_bytes:
        value += f", {format_bytes(gpu.memory_reserved_bytes)} kept by the driver"
    return Fact("Memory", value, "What the driver keeps cannot be had by any program.")


def _capability(capability: tuple[int, int], abilities: Abilities) -> Fact:
    has = [
        word
        for word, there in (
            ("bf16", abilities.bf16),
            ("int8", abilities.int8_tensor_cores),
            ("fp8", abilities.fp8_tensor_cores),
        )
        if there
    ]
    words = "with " + _listed(has) if has else "with fp16 only" if abilities.tensor_cores else "no tensor cores"
    value = f"{abilities.architecture}, capability {capability[0]}.{capability[1]}, {words}"
    return Fact("Can compute", value, "\n".join(f"{name}: {meaning}" for name, meaning in in_words(abilities)))


def _pcie(gpu: Gpu) -> Fact | None:
    if gpu.pcie_generation_max is None or gpu.pcie_lanes_max is None:
        return None
    most = pcie_bytes_per_s(gpu.pcie_generation_max, gpu.pcie_lanes_max) / 1e9
    value = f"generation {gpu.pcie_generation_max} × {gpu.pcie_lanes_max} lanes, {most:.0f} GB/s each way"
    now = (gpu.pcie_generation, gpu.pcie_lanes)
    if None not in now and now != (gpu.pcie_generation_max, gpu.pcie_lanes_max):
        value += f"; now {now[0]} × {now[1]}"
    return Fact("PCIe", value, "An idle link sleeps at a lower generation and wakes by itself. Fewer lanes stay fewer.")


def _power(gpu: Gpu) -> Fact | None:
    if gpu.power_limit_w is None:
        return None
    value = f"{gpu.power_limit_w:.0f} W"
    if gpu.power_default_w is not None and round(gpu.power_default_w) != round(gpu.power_limit_w):
        value += f", the maker's is {gpu.power_default_w:.0f} W"
    return Fact("Power limit", value, "The card slows down rather than draw more; electricity is counted with this.")


def moment_words(
    busy: float | None, temperature_c: float | None, power_w: float | None, fan_share: float | None = None
) -> str:
    """“97% busy, 66 °C, fan 35%, 310 W”, of what is known; empty where nothing is."""
    parts = [
        f"{busy:.0%} busy" if busy is not None else "",
        f"{temperature_c:.0f} °C" if temperature_c is not None else "",
        f"fan {fan_share:.0%}" if fan_share is not None else "",
        f"{power_w:.0f} W" if power_w is not None else "",
    ]
    return ", ".join(part for part in parts if part)


def slowed_words(gpu: Gpu) -> str:
    """What holds the clocks down, as a sentence; empty where nothing does."""
    return f"Held down by {_listed(gpu.slowed_by)}." if gpu.slowed_by else ""


def holder_rows(gpu: Gpu) -> list[tuple[str, str]]:
    """Each process that holds memory, with how much."""
    rows = [(f"{process.name} ({process.pid})", _held(process)) for process in gpu.processes]
    if rows:
        return rows
    if not gpu.processes_told:
        return [("Not told", "This driver does not say which programs hold its memory.")]
    return [("No program", "The driver itself holds the rest.")]


def _held(process: GpuProcess) -> str:
    size = "the driver does not tell" if process.memory_bytes is None else format_bytes(process.memory_bytes)
    return size + {"program": "", "desktop": ", the desktop's own", "tunesmith": ", Tunesmith's own"}[process.kind]


def gain_words(gpu: Gpu) -> str:
    """“Close firefox and game to gain 2.1 GiB.”; empty where nothing is gained."""
    if not gpu.close_to_gain_bytes:
        return ""
    names = [p.name for p in gpu.processes if p.kind == "program" and p.memory_bytes]
    unique = list(dict.fromkeys(names))
    named = _listed(unique) if len(unique) <= NAMED else f"{', '.join(unique[:NAMED])} and {len(unique) - NAMED} more"
    return f"Close {named} to gain {format_bytes(gpu.close_to_gain_bytes)}."


def desktop_words(gpu: Gpu, machine: Machine) -> str:
    """The way to what the desktop holds, where another card could draw it; empty where there is none."""
    other = next((card for card in machine.other_cards if card.vendor in ("AMD", "Intel")), None)
    if not gpu.desktop_bytes or other is None:
        return ""
    gained = format_bytes(gpu.desktop_bytes)
    return f"Plug the screen into the {other.vendor} graphics to gain the desktop's {gained} too."


def computer_facts(machine: Machine, ram_available_bytes: int | None = None) -> list[Fact]:
    """RAM, swap, processor, disks and system; the RAM that is free now where it is newer than the machine's."""
    available = machine.ram_available_bytes if ram_available_bytes is None else ram_available_bytes
    rows = [Fact("RAM", _free_of(available, machine.ram_total_bytes))]
    if machine.swap_total_bytes is not None and machine.swap_free_bytes is not None:
        tip = "Memory on the disk. Training that needs it becomes very slow."
        has = _free_of(machine.swap_free_bytes, machine.swap_total_bytes)
        rows.append(Fact("Swap", has if machine.swap_total_bytes else "none", tip))
    threads = machine.cpu_threads if machine.cpu_threads and machine.cpu_threads > machine.cpu_cores else None
    cores = f"{machine.cpu_cores} core{'' if machine.cpu_cores == 1 else 's'}"
    rows.append(Fact("Processor", f"{machine.cpu_name}, {cores}{f', {threads} threads' if threads else ''}"))
    rows += _disks(machine)
    rows.append(Fact("System", machine.system))
    if machine.on_battery:
        rows.append(Fact("Battery", "in use: cards run slower than from the mains"))
    return rows


def _disks(machine: Machine) -> list[Fact]:
    if not machine.disks:
        return [Fact("Disk", f"{format_bytes(machine.disk_free_bytes)} free in {machine.disk_path}")]
    return [_disk(disk, alone=len(machine.disks) == 1) for disk in machine.disks]


def _disk(disk: Disk, *, alone: bool) -> Fact:
    name = "Disk" if alone else f"Disk of {_listed(disk.holds)}"
    where = f"{_free_of(disk.free_bytes, disk.total_bytes)} in {disk.path}"
    return Fact(name, where, f"Tunesmith keeps {_listed(disk.holds)} on it.")


def _free_of(free_bytes: int, total_bytes: int) -> str:
    return f"{format_bytes(total_bytes)}, {format_bytes(free_bytes)} free"


def _listed(words: Sequence[str]) -> str:
    """“a”, “a and b”, “a, b and c”."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
