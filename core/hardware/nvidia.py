"""What NVML says of each NVIDIA card, as values."""

from __future__ import annotations

from typing import Any

import msgspec

from core.hardware.capability import abilities_of
from core.hardware.gpu_processes import held_by, processes_of
from core.hardware.machine import Gpu
from core.hardware.nvml import CardLost, NoAnswer, NoDriver, Nvml, Unsupported, open_nvml
from core.hardware.system import in_wsl

NAMELESS = "NVIDIA card (the driver does not tell its name)"
# nvmlClocksEventReason* of nvml.h. An idle card, and clocks that somebody set, are no reasons to name.
SLOWED_BY = {
    0x04: "its power limit",
    0x08: "heat or power supply",
    0x20: "heat",
    0x40: "heat",
    0x80: "power supply",
}


class _Memory(msgspec.Struct, frozen=True):
    """Bytes of a card's memory."""

    total: int
    free: int
    reserved: int | None = None
    shares_ram: bool = False


def read_gpus(ram_total_bytes: int, ram_available_bytes: int) -> tuple[list[Gpu], str]:
    """Every card that answers, and in words why the list is what it is.

    Args:
        ram_total_bytes: stands in for the memory of a card that shares the computer's and has none of its own.
        ram_available_bytes: likewise for what is free.
    """
    shared = _Memory(ram_total_bytes, ram_available_bytes, shares_ram=True)
    gpus: list[Gpu] = []
    lost = 0
    try:
        with open_nvml() as nvml:
            for index, handle in enumerate(nvml.handles()):
                try:
                    if handle is None:
                        raise CardLost
                    gpus.append(_read_gpu(nvml, index, handle, shared))
                except CardLost:
                    lost += 1
    except NoDriver as error:
        hint = " In WSL it is Windows that needs NVIDIA's driver." if in_wsl() else ""
        return [], f"{error}{hint}"
    return gpus, _reason(len(gpus), lost)


def _reason(found: int, lost: int) -> str:
    broken = f" {_cards(lost)} stopped answering; restarting the computer usually helps." if lost else ""
    if not found and not lost:
        return "The NVIDIA driver runs, but it sees no card."
    return f"The NVIDIA driver found {_cards(found)}.{broken}" if found else broken.strip()


def _cards(count: int) -> str:
    return "1 card" if count == 1 else f"{count} cards"


def _read_gpu(nvml: Nvml, index: int, handle: Any, shared: _Memory) -> Gpu:
    memory = _memory(nvml, handle, shared)
    name = _text(nvml.ask("nvmlDeviceGetName", handle)) or NAMELESS
    pair = nvml.ask("nvmlDeviceGetCudaComputeCapability", handle)
    capability = None if pair is None else (int(pair[0]), int(pair[1]))
    processes, told = processes_of(nvml, handle)
    fan = nvml.ask("nvmlDeviceGetFanSpeed", handle)
    return Gpu(
        index=index,
        name=name,
        uuid=_text(nvml.ask("nvmlDeviceGetUUID", handle)),
        memory_total_bytes=memory.total,
        memory_free_bytes=memory.free,
        memory_reserved_bytes=memory.reserved,
        shares_ram=memory.shares_ram,
        compute_capability=capability,
        abilities=None if capability is None else abilities_of(capability, name),
        driver=_text(nvml.ask("nvmlSystemGetDriverVersion")),
        cuda=_cuda_version(nvml.ask("nvmlSystemGetCudaDriverVersion_v2")),
        processes=processes,
        processes_told=told and not in_wsl(),
        close_to_gain_bytes=held_by(processes, "program"),
        desktop_bytes=held_by(processes, "desktop"),
        pcie_generation=nvml.ask("nvmlDeviceGetCurrPcieLinkGeneration", handle),
        pcie_lanes=nvml.ask("nvmlDeviceGetCurrPcieLinkWidth", handle),
        pcie_generation_max=nvml.ask("nvmlDeviceGetMaxPcieLinkGeneration", handle),
        pcie_lanes_max=nvml.ask("nvmlDeviceGetMaxPcieLinkWidth", handle),
        power_limit_w=_watts(nvml.ask("nvmlDeviceGetEnforcedPowerLimit", handle)),
        power_default_w=_watts(nvml.ask("nvmlDeviceGetPowerManagementDefaultLimit", handle)),
        temperature_c=_number(nvml.ask("nvmlDeviceGetTemperature", handle, 0)),
        fan_share=None if fan is None else fan / 100,
        slowed_by=slowed_by(nvml, handle),
    )


def _memory(nvml: Nvml, handle: Any, shared: _Memory) -> _Memory:
    """The card's memory; that of the computer only where the card says that it has none.

    Raises:
        CardLost: the driver cannot tell even this, so that nothing can be planned on the card.
    """
    version = nvml.constant("nvmlMemory_v2")
    told = nvml.ask("nvmlDeviceGetMemoryInfo", handle, version) if version is not None else None
    try:
        memory = told or nvml.demand("nvmlDeviceGetMemoryInfo", handle)
    except Unsupported:
        return shared
    except NoAnswer as error:
        raise CardLost(str(error)) from error
    reserved = getattr(memory, "reserved", None)
    return _Memory(int(memory.total), int(memory.free), None if reserved is None else int(reserved))


def _text(value: Any) -> str | None:
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _watts(milliwatts: int | None) -> float | None:
    return None if milliwatts is None else milliwatts / 1000


def _number(value: int | None) -> float | None:
    return None if value is None else float(value)


def _cuda_version(number: int | None) -> str | None:
    """`12080` is CUDA 12.8 (nvmlSystemGetCudaDriverVersion: 1000 × major + 10 × minor)."""
    return None if number is None else f"{number // 1000}.{number % 1000 // 10}"


def slowed_by(nvml: Nvml, handle: Any) -> list[str] | None:
    """Why the card runs below its clocks now, in words; empty where it does not, None where it does not tell. Drivers
    before 535 know the query by its older name.

    Raises:
        CardLost: the card stopped answering.
    """
    bits = nvml.ask("nvmlDeviceGetCurrentClocksEventReasons", handle)
    if bits is None:
        bits = nvml.ask("nvmlDeviceGetCurrentClocksThrottleReasons", handle)
    if bits is None:
        return None
    return list(dict.fromkeys(words for bit, words in SLOWED_BY.items() if bits & bit))
