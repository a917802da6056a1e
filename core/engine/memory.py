"""What this process holds of the memory that matters, now and at most."""

from __future__ import annotations

import ctypes
import logging
import os
import sys
from pathlib import Path

import psutil
import torch

from core.engine.device import Device
from core.events import Memory
from core.hardware.nvml import CardLost, NoDriver, Nvml, open_nvml
from core.hardware.system import ram

_log = logging.getLogger(__name__)

PROC_STATUS = Path("/proc/self/status")
CLEAR_REFS = Path("/proc/self/clear_refs")
RESET_PEAK = "5"  # proc(5): the peak of the resident set becomes what is resident now


class MemoryMeter:
    """Reads memory. On a card: what the allocator reserves and the driver's context, as nvidia-smi shows it; else
    resident RAM."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._process = psutil.Process()
        self._context_bytes = 0
        self._nvml: Nvml | None = None
        self._handle: object | None = None
        if device.is_cuda:
            self._connect()

    def _connect(self) -> None:
        torch.cuda.init()
        try:
            self._nvml = open_nvml()
        except NoDriver:
            return
        uuid = torch.cuda.get_device_properties(self._device.torch).uuid
        self._handle = self._nvml.ask("nvmlDeviceGetHandleByUUID", f"GPU-{uuid}")

    def _measure_context(self) -> int:
        """The driver's context grows as kernels are loaded; where the driver names this process, it is the rest of
        its bytes."""
        if self._nvml is not None and self._handle is not None:
            reserved = torch.cuda.memory_reserved(self._device.torch)
            try:
                processes = self._nvml.ask("nvmlDeviceGetComputeRunningProcesses", self._handle) or []
            except CardLost:
                processes = []
            for process in processes:
                if process.pid == os.getpid() and process.usedGpuMemory is not None:
                    self._context_bytes = max(self._context_bytes, int(process.usedGpuMemory) - reserved)
        return self._context_bytes

    def process_bytes(self) -> int:
        """What this process holds now."""
        if self._device.is_cuda:
            return torch.cuda.memory_reserved(self._device.torch) + self._measure_context()
        return int(self._process.memory_info().rss)

    def peak_bytes(self) -> int:
        """The most that this process held at once so far."""
        if self._device.is_cuda:
            return torch.cuda.max_memory_reserved(self._device.torch) + self._measure_context()
        return max(_resident_peak_bytes(), self.process_bytes())

    @property
    def context_bytes(self) -> int:
        """Of a card's `peak_bytes` the driver's context, 0 where the driver does not tell."""
        return self._context_bytes

    def forget_peak(self) -> bool:
        """Let `peak_bytes` count from now on, with what is freed given back first; whether that can be done here. On a
        processor only Linux can, and not in every container."""
        if self._device.is_cuda:
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats(self._device.torch)
            return True
        give_back = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None  # glibc's
        if give_back is not None:
            give_back(0)
        try:
            CLEAR_REFS.write_text(RESET_PEAK, encoding="ascii")
        except OSError as error:
            _log.info("The peak of the memory cannot be forgotten: %s.", error)
            return False
        return True

    def event(self, step: int, earlier_peak_bytes: int = 0) -> Memory:
        """The memory of this moment, as an event; `earlier_peak_bytes` is that of this run's earlier workers."""
        total, available = ram()
        used_device, total_device = 0, 0
        if self._device.is_cuda:
            free_device, total_device = torch.cuda.mem_get_info(self._device.torch)
            used_device = total_device - free_device
        return Memory(
            step=step,
            device_used_bytes=used_device,
            device_total_bytes=total_device,
            process_bytes=self.process_bytes(),
            process_peak_bytes=max(earlier_peak_bytes, self.peak_bytes()),
            ram_used_bytes=total - available,
            ram_total_bytes=total,
        )


def _resident_peak_bytes() -> int:
    """The kernel's own high-water mark. Not `getrusage` on Linux: that one keeps the parent's peak across `exec`."""
    if PROC_STATUS.exists():
        for line in PROC_STATUS.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        return 0
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource

    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
