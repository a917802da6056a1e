"""A stand-in for the pynvml module with two cards, for what is not on the machine: a driver.

It answers as the real library does: errors by its own classes, milliwatts, per cent, version 2 of the memory query.
"""

from __future__ import annotations

import types
from typing import Any

from core.hardware.machine import GIB

MEMORY_V2 = 0x2000028
ERRORS = (
    "LibraryNotFound",
    "DriverNotLoaded",
    "LibRmVersionMismatch",
    "GpuIsLost",
    "ResetRequired",
    "NotSupported",
    "FunctionNotFound",
    "NoPermission",
    "Unknown",
    "Uninitialized",
)
GAME, WINDOWS = 2**22 + 7, 2**22 + 9  # pids beyond what the system gives


class NvmlStandIn(types.ModuleType):
    """pynvml over plain attributes.

    Attributes:
        failing: names of queries and the error that each gives.
        lost: indices of the cards that fell off the bus.
        fails_after: queries that are answered before everything gives `Uninitialized`; None for all.
        processes: what the compute query lists; a list of (pid, bytes or None).
    """

    def __init__(self) -> None:
        super().__init__("pynvml")
        self.NVMLError = type("NVMLError", (Exception,), {})
        for kind in ERRORS:
            setattr(self, f"NVMLError_{kind}", type(f"NVMLError_{kind}", (self.NVMLError,), {}))
        self.nvmlMemory_v2 = MEMORY_V2
        self.init_error: str | None = None
        self.failing: dict[str, str] = {}
        self.lost: set[int] = set()
        self.fails_after: int | None = None
        self.open = 0
        self.processes: list[tuple[int, int | None]] = [(GAME, 3 * GIB)]
        for query, answer in self._answers().items():
            setattr(self, query, self._guarded(query, answer))

    def error(self, kind: str) -> Exception:
        """One of the library's own errors."""
        made: Exception = getattr(self, f"NVMLError_{kind}")(kind)
        return made

    def _guarded(self, query: str, answer: Any) -> Any:
        def ask(*arguments: Any) -> Any:
            if self.fails_after is not None:
                self.fails_after -= 1
                if self.fails_after < 0:
                    raise self.error("Uninitialized")
            if query in self.failing:
                raise self.error(self.failing[query])
            if arguments and arguments[0] in self.lost and query.startswith("nvmlDevice"):
                raise self.error("GpuIsLost")
            return answer(*arguments)

        return ask

    def nvmlInit(self) -> None:
        if self.init_error:
            raise self.error(self.init_error)
        self.open += 1

    def nvmlShutdown(self) -> None:
        self.open -= 1

    def nvmlDeviceGetMemoryInfo(self, handle: int, version: int | None = None) -> types.SimpleNamespace:
        """Both versions; only the second tells what the driver keeps."""
        kind = "nvmlDeviceGetMemoryInfo_v2" if version else "nvmlDeviceGetMemoryInfo"
        memory = {"total": 24 * GIB, "free": 20 * GIB, "used": 4 * GIB}
        if version == MEMORY_V2:
            memory |= {"used": 3 * GIB + GIB // 2, "reserved": GIB // 2}
        answer: types.SimpleNamespace = self._guarded(kind, lambda handle: types.SimpleNamespace(**memory))(handle)
        return answer

    def _answers(self) -> dict[str, Any]:
        return {
            "nvmlDeviceGetCount": lambda: 2,
            "nvmlDeviceGetHandleByIndex": lambda index: index,
            "nvmlDeviceGetName": lambda handle: "NVIDIA GeForce RTX 3090",
            "nvmlDeviceGetUUID": lambda handle: f"GPU-0000000{handle}",
            "nvmlDeviceGetCudaComputeCapability": lambda handle: (8, 6),
            "nvmlSystemGetDriverVersion": lambda: "580.10",
            "nvmlSystemGetCudaDriverVersion_v2": lambda: 13010,
            "nvmlDeviceGetComputeRunningProcesses": lambda handle: [_process(*held) for held in self.processes],
            "nvmlDeviceGetGraphicsRunningProcesses": lambda handle: [_process(GAME, GIB), _process(WINDOWS, None)],
            "nvmlSystemGetProcessName": lambda pid: "C:\\games\\chess.exe" if pid == GAME else "/usr/bin/Xorg",
            "nvmlDeviceGetUtilizationRates": lambda handle: types.SimpleNamespace(gpu=50, memory=10),
            "nvmlDeviceGetTemperature": lambda handle, sensor: 61,
            "nvmlDeviceGetFanSpeed": lambda handle: 35,
            "nvmlDeviceGetPowerUsage": lambda handle: 250_000,
            "nvmlDeviceGetEnforcedPowerLimit": lambda handle: 280_000,
            "nvmlDeviceGetPowerManagementDefaultLimit": lambda handle: 350_000,
            "nvmlDeviceGetCurrPcieLinkGeneration": lambda handle: 1,
            "nvmlDeviceGetCurrPcieLinkWidth": lambda handle: 16,
            "nvmlDeviceGetMaxPcieLinkGeneration": lambda handle: 4,
            "nvmlDeviceGetMaxPcieLinkWidth": lambda handle: 16,
            "nvmlDeviceGetCurrentClocksEventReasons": lambda handle: 0x01 | 0x04 | 0x20 | 0x40,
        }


def _process(pid: int, held: int | None) -> types.SimpleNamespace:
    return types.SimpleNamespace(pid=pid, usedGpuMemory=held)
