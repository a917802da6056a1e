"""Measuring a model's training on this computer: real steps of few layers; what was measured once is kept."""

from __future__ import annotations

from collections.abc import Callable

from core.errors import TunesmithError
from core.events import AnyEvent, Measured
from core.fit.describe import place_name
from core.fit.measurement import Measurement
from core.fit.values import FitMachine
from core.hardware.system import cpu_name
from core.models.spec import ModelSpec
from core.requests import MeasureRequest
from core.settings import TrainingSettings
from core.tasks.follow import result_of
from core.tasks.kept import Kept
from core.tasks.kept import key_of as kept_key
from core.worker.attached import AttachedWorker

KEPT: Kept[Measurement] = Kept("measurements", Measurement)


def start(spec: ModelSpec, settings: TrainingSettings, machine: FitMachine) -> AttachedWorker:
    """A worker that measures; its last event but one is `measured`, which `keep` should be given.

    Raises:
        TunesmithError: `measure.simulated_card`, `measure.no_config`.
    """
    _refuse(spec, machine)
    device = "cuda:0" if machine.is_gpu else "cpu"
    return AttachedWorker(MeasureRequest(config=spec.config, settings=settings, device=device))


def measure(
    spec: ModelSpec,
    settings: TrainingSettings,
    machine: FitMachine,
    on_event: Callable[[AnyEvent], None] | None = None,
) -> Measurement:
    """What training takes here, by real steps; a known result needs none. Blocks, from half a minute on.

    Raises:
        TunesmithError: as `start`, `measure.layers_differ`, `rehearsal.unknown_model`, `engine.…`, `model.…`,
            `worker.died`.
    """
    _refuse(spec, machine)
    known = kept(spec, settings, machine)
    if known is not None:
        return known
    event = result_of(start(spec, settings, machine), Measured, "measuring the training step", on_event)
    keep(spec, settings, machine, event.measurement)
    return event.measurement


def kept(spec: ModelSpec, settings: TrainingSettings, machine: FitMachine) -> Measurement | None:
    """What is known already of exactly this model, these settings, this device and these versions."""
    return KEPT.get(_key(spec, settings, machine))


def keep(spec: ModelSpec, settings: TrainingSettings, machine: FitMachine, measurement: Measurement) -> None:
    """Keep a result for the next time. That the memory ran out is not kept: another program may have held it.

    Raises:
        TunesmithError: `file.not_writable`.
    """
    if not measurement.ran_out:
        KEPT.put(_key(spec, settings, machine), measurement)


def _key(spec: ModelSpec, settings: TrainingSettings, machine: FitMachine) -> str:
    return kept_key(
        spec.config, settings, [machine.gpu, machine.memory_total_bytes] if machine.is_gpu else [cpu_name()]
    )


def refuse_simulated(machine: FitMachine) -> None:
    """Refuse a card that is not in this computer.

    Raises:
        TunesmithError: `measure.simulated_card`.
    """
    if machine.simulated:
        raise TunesmithError(
            "measure.simulated_card",
            what=f"Nothing can be measured on {place_name(machine)}.",
            why="It is not in this computer; measuring runs real steps of training.",
            remedy="Use --depth rehearsed for a card that is not here, or leave --gpu and --gpu-memory away.",
            where=machine.gpu,
        )


def _refuse(spec: ModelSpec, machine: FitMachine) -> None:
    refuse_simulated(machine)
    if not spec.config:
        raise TunesmithError(
            "measure.no_config",
            what="This model cannot be measured.",
            why="Its config is not known, only its tensors.",
            remedy="The instant estimate stays.",
            where=spec.path,
        )
