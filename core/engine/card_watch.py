"""What the card does while a run trains, said every few seconds, so that a closed window misses nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from core.engine.card_danger import CardDanger
from core.engine.device import Device
from core.engine.emit import Emit
from core.errors import TunesmithError
from core.events import CardReading
from core.hardware.machine import LiveSample
from core.hardware.sampler import Sampler

READ_EVERY_S = 2.0


@contextmanager
def card_watched(device: Device, emit: Emit, step: Callable[[], int], on_danger: Callable[[], None]) -> Iterator[None]:
    """Says what the card does for as long as this lasts; nothing without one.

    Args:
        step: the last step that is done.
        on_danger: called once when the card becomes too hot, from another thread.
    """
    if not device.is_cuda:
        yield
        return
    sampler = Sampler(uuid=f"GPU-{torch.cuda.get_device_properties(device.torch).uuid}")
    try:
        with CardWatch(sampler.sample, emit, step, on_danger=on_danger):
            yield
    finally:
        sampler.close()


class CardWatch:
    """A thread that reads the card. A context manager: leaving it ends the thread."""

    def __init__(
        self,
        sample: Callable[[], LiveSample],
        emit: Emit,
        step: Callable[[], int],
        every_s: float = READ_EVERY_S,
        on_danger: Callable[[], None] = lambda: None,
    ) -> None:
        self._sample = sample
        self._danger = CardDanger(emit, on_danger)
        self._emit = emit
        self._step = step
        self._every_s = every_s
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="card watch", daemon=True)

    def __enter__(self) -> CardWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._end.wait(self._every_s):
            sample = self._sample()
            reading = card_reading(sample, self._step())
            try:
                self._danger.look(sample)
                if reading is not None:
                    self._emit(reading)
            except TunesmithError:
                return  # the log cannot be written: the training meets the same error and ends with it


def card_reading(sample: LiveSample, step: int) -> CardReading | None:
    """The event for `sample`; None where the card told nothing."""
    readings = (sample.gpu_utilization, sample.gpu_temperature_c, sample.gpu_power_w)
    if all(reading is None for reading in readings):
        return None
    utilization, temperature_c, power_w = readings
    return CardReading(
        time=sample.time, step=step, utilization=utilization, temperature_c=temperature_c, power_w=power_w
    )
