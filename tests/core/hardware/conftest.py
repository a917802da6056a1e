"""A stand-in for the pynvml module with two cards, for what is not on the machine: a driver."""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest

from core.hardware.machine import GIB


class FakeNvml(types.ModuleType):
    """pynvml over plain attributes. `unsupported` names queries that fail; `lost` the indices of lost cards."""

    def __init__(self) -> None:
        super().__init__("pynvml")
        base = type("NVMLError", (Exception,), {})
        self.NVMLError = base
        kinds = "LibraryNotFound DriverNotLoaded LibRmVersionMismatch GpuIsLost ResetRequired NotSupported NoPermission"
        for kind in kinds.split():
            setattr(self, f"NVMLError_{kind}", type(f"NVMLError_{kind}", (base,), {}))
        self.init_error: str | None = None
        self.unsupported: set[str] = set()
        self.lost: set[int] = set()
        self.open = 0
        for query, answer in self._answers().items():
            setattr(self, query, self._guarded(query, answer))

    def _guarded(self, query: str, answer: Any) -> Any:
        def ask(*arguments: Any) -> Any:
            if query in self.unsupported:
                raise self.NVMLError_NotSupported(query)  # type: ignore[attr-defined]
            if arguments and arguments[0] in self.lost:
                raise self.NVMLError_GpuIsLost("GPU is lost")  # type: ignore[attr-defined]
            return answer(*arguments)

        return ask

    def nvmlInit(self) -> None:
        if self.init_error:
            raise getattr(self, f"NVMLError_{self.init_error}")(self.init_error)
        self.open += 1

    def nvmlShutdown(self) -> None:
        self.open -= 1

    def _answers(self) -> dict[str, Any]:
        process = types.SimpleNamespace
        memory = types.SimpleNamespace(total=24 * GIB, free=20 * GIB, used=4 * GIB)
        return {
            "nvmlDeviceGetCount": lambda: 2,
            "nvmlDeviceGetHandleByIndex": lambda index: index,
            "nvmlDeviceGetName": lambda handle: "NVIDIA GeForce RTX 3090",
            "nvmlDeviceGetMemoryInfo": lambda handle: memory,
            "nvmlDeviceGetCudaComputeCapability": lambda handle: (8, 6),
            "nvmlSystemGetDriverVersion": lambda: "580.10",
            "nvmlSystemGetCudaDriverVersion_v2": lambda: 13010,
            "nvmlDeviceGetComputeRunningProcesses": lambda handle: [process(pid=2**22 + 7, usedGpuMemory=3 * GIB)],
            "nvmlDeviceGetGraphicsRunningProcesses": lambda handle: [
                process(pid=2**22 + 7, usedGpuMemory=1 * GIB),
                process(pid=2**22 + 9, usedGpuMemory=None),
            ],
            "nvmlSystemGetProcessName": lambda pid: "C:\\games\\chess.exe" if pid == 2**22 + 7 else "/usr/bin/Xorg",
            "nvmlDeviceGetUtilizationRates": lambda handle: types.SimpleNamespace(gpu=50, memory=10),
            "nvmlDeviceGetTemperature": lambda handle, sensor: 61,
            "nvmlDeviceGetPowerUsage": lambda handle: 250_000,
        }


@pytest.fixture
def fake_nvml(monkeypatch: pytest.MonkeyPatch) -> FakeNvml:
    """The stand-in, where `import pynvml` finds it."""
    module = FakeNvml()
    monkeypatch.setitem(sys.modules, "pynvml", module)
    return module
