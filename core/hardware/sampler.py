"""Sampler: one moment of the machine after another, cheaply."""

from __future__ import annotations

import math
import time
from typing import Any

from core.hardware.machine import LiveSample
from core.hardware.nvidia import slowed_by
from core.hardware.nvml import CardLost, NoDriver, Nvml, open_nvml
from core.hardware.system import ram

SLOWDOWN = 1  # NVML_TEMPERATURE_THRESHOLD_SLOWDOWN
RETRY_S = 30.0  # how long a lost card is left alone before it is asked for again


class Sampler:
    """Samples RAM and one card. A card that is lost leaves its readings None, and is looked for again later.

    Args:
        gpu_index: which card, by NVML's order.
        uuid: which card by its own name (`GPU-…`), whatever its place in that order.
    """

    def __init__(self, gpu_index: int = 0, uuid: str = "") -> None:
        self._gpu_index = gpu_index
        self._uuid = uuid
        self._nvml: Nvml | None = None
        self._handle: Any = None
        self._retry_at = 0.0
        self._lost = False
        self._connect()

    def _connect(self) -> None:
        """Find the card. Where there never was a driver nothing can come back, so it is not tried again."""
        try:
            nvml = open_nvml()
        except NoDriver:
            self._retry_at = time.monotonic() + RETRY_S if self._lost else math.inf
            return
        try:
            handles = nvml.handles()
        except NoDriver:
            handles = [None]
        self._nvml = nvml
        if self._uuid:
            self._gpu_index = _place_of(nvml, handles, self._uuid)
        self._handle = handles[self._gpu_index] if self._gpu_index < len(handles) else None
        self._lost = self._gpu_index < len(handles) and self._handle is None
        if self._handle is None:
            self._disconnect()

    def _disconnect(self) -> None:
        if self._nvml is not None:
            self._nvml.close()
        self._nvml, self._handle = None, None
        self._retry_at = time.monotonic() + RETRY_S

    def sample(self) -> LiveSample:
        """The machine now. Readings that the card does not give are None."""
        total, available = ram()
        if self._nvml is None and time.monotonic() >= self._retry_at:
            self._connect()
        gpu: dict[str, Any] = {}
        if self._nvml is not None:
            try:
                gpu = _read(self._nvml, self._handle)
            except CardLost:
                self._lost = True
                self._disconnect()
        return LiveSample(
            time=time.time(), ram_used_bytes=total - available, ram_total_bytes=total, gpu_lost=self._lost, **gpu
        )

    def close(self) -> None:
        """Let go of the driver."""
        if self._nvml is not None:
            self._disconnect()
        self._retry_at = math.inf


def _place_of(nvml: Nvml, handles: list[Any], uuid: str) -> int:
    """The index of the card called `uuid`; one that no card has if it does not answer."""
    for index, handle in enumerate(handles):
        try:
            name = None if handle is None else nvml.ask("nvmlDeviceGetUUID", handle)
        except CardLost:
            continue
        if (name.decode(errors="replace") if isinstance(name, bytes) else name) == uuid:
            return index
    return len(handles)


def _read(nvml: Nvml, handle: Any) -> dict[str, Any]:
    """The card's readings as fields of LiveSample. NVML gives per cent, degrees and milliwatts.

    Raises:
        CardLost: the card said so, or there is not one answer any more (a driver that was taken away, for one).
    """
    memory = nvml.ask("nvmlDeviceGetMemoryInfo", handle)
    rates = nvml.ask("nvmlDeviceGetUtilizationRates", handle)
    temperature = nvml.ask("nvmlDeviceGetTemperature", handle, 0)
    power = nvml.ask("nvmlDeviceGetPowerUsage", handle)
    if all(reading is None for reading in (memory, rates, temperature, power)):
        raise CardLost("no answer")
    slowdown = nvml.ask("nvmlDeviceGetTemperatureThreshold", handle, SLOWDOWN)
    return {
        "gpu_used_bytes": None if memory is None else int(memory.total - memory.free),
        "gpu_total_bytes": None if memory is None else int(memory.total),
        "gpu_utilization": None if rates is None else rates.gpu / 100,
        "gpu_temperature_c": None if temperature is None else float(temperature),
        "gpu_power_w": None if power is None else power / 1000,
        "gpu_slowed_by": slowed_by(nvml, handle),
        "gpu_slowdown_c": float(slowdown) if slowdown else None,  # 0 where a driver has none to name
    }
