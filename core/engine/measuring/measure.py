"""A measurement: models with few layers, loaded and trained for some steps, one after the other."""

from __future__ import annotations

import gc
import logging
import shutil
import time
from pathlib import Path

import msgspec
import torch
from filelock import FileLock

from core import paths
from core.engine.device import Device, choose
from core.engine.emit import Emit
from core.engine.failures import failed
from core.engine.measuring.few import Few, few_layers, write_model
from core.engine.measuring.steps import load, train
from core.engine.memory import MemoryMeter
from core.engine.refusals import check_settings
from core.events import Measured, Progress
from core.fit.measurement import MeasuredPoint, kinds_to_double, measurement_of
from core.fit.versions import versions
from core.requests import MeasureRequest


def run(task: MeasureRequest, emit: Emit) -> None:
    """Measure and say so; that the memory ran out is an answer, too. One at a time on a computer: two would slow each
    other down.

    Raises:
        TunesmithError: `engine.no_device`, `engine.flash_unusable`, `engine.fp16_on_processor`,
            `measure.layers_differ`, `rehearsal.unknown_model`, `model.…`, `adapter.no_such_target`.
    """
    logging.getLogger("transformers").setLevel(logging.ERROR)
    began = time.monotonic()
    device = choose(task.device)
    check_settings(task.settings, device)
    place = paths.ensure_dir(paths.cache_dir() / "measuring")
    with FileLock(place.with_suffix(".lock")):
        shutil.rmtree(place)  # what a measurement left that was killed
        try:
            bench = _Bench(task, device, place, emit)
            points = bench.points()
        finally:
            shutil.rmtree(place, ignore_errors=True)
    measurement = measurement_of(
        points,
        on_card=device.is_cuda,
        device_name=device.name,
        context_bytes=bench.context_bytes,
        tokens=task.settings.per_device_batch_size * task.settings.max_seq_length,
        seconds=time.monotonic() - began,
        versions=versions(),
    )
    emit(Measured(measurement=measurement))


class _Bench:
    """Where one model after the other is loaded and trained, and the memory read."""

    def __init__(self, task: MeasureRequest, device: Device, place: Path, emit: Emit) -> None:
        self._task = task
        self._device = device
        self._place = place
        self._emit = emit
        self._meter = MemoryMeter(device)
        self._program_bytes = self._held_bytes()

    @property
    def context_bytes(self) -> int:
        """As `Measurement.context_bytes`."""
        return self._meter.context_bytes if self._device.is_cuda else self._program_bytes

    def points(self) -> list[MeasuredPoint]:
        """The model with one layer of each kind, then with one more of each kind; the last may have run out of
        memory."""
        few = few_layers(self._task.config)
        found = [self._point(few)]
        for kind in kinds_to_double(few.of_model):
            if found[-1].ran_out:
                break
            found.append(self._point(few_layers(self._task.config, kind)))
        return found

    def _point(self, few: Few) -> MeasuredPoint:
        layers = f"{sum(few.layers)} of {sum(few.of_model)} layers"
        folder = self._place / "-".join(map(str, few.layers))
        self._emit(Progress(phase="building", text=f"Making random weights for {layers}"))
        write_model(few, folder)
        point = MeasuredPoint(layers=few.layers, of_model=few.of_model)
        gc.collect()
        afresh = self._meter.forget_peak()
        before = self._held_bytes()
        try:
            self._emit(Progress(phase="loading", text=f"Loading {layers}"))
            model = load(folder, self._task.settings, self._device)
            if afresh:
                loading = self._program_bytes + self._peak_bytes() - before
                point = msgspec.structs.replace(point, loading_peak_bytes=loading)
            self._meter.forget_peak()
            self._emit(Progress(phase="measuring", text=f"Measuring steps with {layers}"))
            timings = train(model, self._task.settings, self._device, folder)
        except Exception as error:
            if failed(error).code != "engine.out_of_memory":
                raise
            return msgspec.structs.replace(point, ran_out=True)
        return msgspec.structs.replace(
            point,
            step_peak_bytes=self._peak_bytes(),
            allocated_peak_bytes=torch.cuda.max_memory_allocated(self._device.torch) if self._device.is_cuda else 0,
            batch_s=timings.batch_s,
            besides_s=timings.besides_s,
        )

    def _peak_bytes(self) -> int:
        return self._meter.peak_bytes() - (self._meter.context_bytes if self._device.is_cuda else 0)

    def _held_bytes(self) -> int:
        return self._meter.process_bytes() - (self._meter.context_bytes if self._device.is_cuda else 0)
