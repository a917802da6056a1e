"""What NVML says of each NVIDIA card, as values."""

from __future__ import annotations

from typing import Any

import psutil

from core.hardware.machine import Gpu, GpuProcess
from core.hardware.nvml import CardLost, NoDriver, Nvml, open_nvml


def read_gpus(ram_total_bytes: int, ram_available_bytes: int) -> tuple[list[Gpu], str]:
    """Every card that answers, and in words why the list is what it is.

    Args:
        ram_total_bytes: stands in for the memory of a card that shares the computer's and has none of its own.
        ram_available_bytes: likewise for what is free.
    """
    try:
        nvml = open_nvml()
    except NoDriver as error:
        return [], str(error)
    gpus: list[Gpu] = []
    lost = 0
    with nvml:
        handles = nvml.handles()
        for index, handle in enumerate(handles):
            try:
                if handle is None:
                    raise CardLost
                gpus.append(_read_gpu(nvml, index, handle, (ram_total_bytes, ram_available_bytes)))
            except CardLost:
                lost += 1
    return gpus, _reason(len(gpus), lost)


def _reason(found: int, lost: int) -> str:
    broken = f" {_cards(lost)} stopped answering; restarting the computer usually helps." if lost else ""
    if not found and not lost:
        return "The NVIDIA driver runs, but it sees no card."
    return f"The NVIDIA driver found {_cards(found)}.{broken}" if found else broken.strip()


def _cards(count: int) -> str:
    return "1 card" if count == 1 else f"{count} cards"


def _read_gpu(nvml: Nvml, index: int, handle: Any, shared_memory: tuple[int, int]) -> Gpu:
    memory = nvml.ask("nvmlDeviceGetMemoryInfo", handle)
    total, free = shared_memory if memory is None else (int(memory.total), int(memory.free))
    capability = nvml.ask("nvmlDeviceGetCudaComputeCapability", handle)
    return Gpu(
        index=index,
        name=_text(nvml.ask("nvmlDeviceGetName", handle)) or "NVIDIA card (the driver does not tell its name)",
        memory_total_bytes=total,
        memory_free_bytes=free,
        compute_capability=None if capability is None else (int(capability[0]), int(capability[1])),
        driver=_text(nvml.ask("nvmlSystemGetDriverVersion")),
        cuda=_cuda_version(nvml.ask("nvmlSystemGetCudaDriverVersion_v2")),
        processes=_processes(nvml, handle),
    )


def _text(value: Any) -> str | None:
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _cuda_version(number: int | None) -> str | None:
    """`12080` is CUDA 12.8 (nvmlSystemGetCudaDriverVersion: 1000 × major + 10 × minor)."""
    return None if number is None else f"{number // 1000}.{number % 1000 // 10}"


def _processes(nvml: Nvml, handle: Any) -> list[GpuProcess]:
    """Who holds memory of the card, most first. A process may be listed for computing and for drawing: once here."""
    held: dict[int, int | None] = {}
    for query in ("nvmlDeviceGetComputeRunningProcesses", "nvmlDeviceGetGraphicsRunningProcesses"):
        for process in nvml.ask(query, handle) or []:
            memory = process.usedGpuMemory
            known = held.get(process.pid)
            held[process.pid] = known if memory is None else max(int(memory), known or 0)
    found = [GpuProcess(pid=pid, name=_process_name(nvml, pid), memory_bytes=memory) for pid, memory in held.items()]
    return sorted(found, key=lambda process: -(process.memory_bytes or 0))


def _process_name(nvml: Nvml, pid: int) -> str:
    try:
        return psutil.Process(pid).name()
    except psutil.Error:
        path = _text(nvml.ask("nvmlSystemGetProcessName", pid))
        return path.replace("\\", "/").rsplit("/", 1)[-1] if path else f"process {pid}"
