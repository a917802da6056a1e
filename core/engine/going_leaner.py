"""Going on with less memory, once, where it ran out in the middle of a run."""

from __future__ import annotations

import logging

import msgspec

from core.engine import checkpoints
from core.engine.emit import Emit
from core.engine.failures import OutOfMemory
from core.engine.renewal import Renewal
from core.events import Leaner, SettingChange
from core.fit.leaner import LeanerPlan, leaner
from core.fit.machine import plan_for
from core.fit.rows import at_length
from core.fit.values import FitMachine
from core.fit.words import format_bytes
from core.hardware.probe import probe
from core.job import TrainingJob
from core.models.location import model_path
from core.models.reading import read_folder
from core.runs.leaner import add_leaner, change_words
from core.runs.run import CHECKPOINTS, Run

_log = logging.getLogger(__name__)


def go_on_leaner(run: Run, error: OutOfMemory, how: Renewal, emit: Emit) -> bool:
    """Whether the run goes on in a fresh process with leaner settings, which are then kept in its folder and said.

    Not where the person does not want it, where it was done once since they started the run, or where nothing is left
    to save.
    """
    job = run.job_as_trained()
    if how.retried:
        error.add("It had gone on with leaner settings once already.")
    if how.retried or not job.settings.retry_leaner:
        return False
    checkpoint = checkpoints.newest(run.path / CHECKPOINTS)
    plan = leaner(
        read_folder(model_path(job.model)),
        at_length(job.settings, run.info().predicted_row_tokens),
        _machine(run, job),
        error.short_bytes,
        keeps_optimizer=checkpoint is not None,
    )
    if plan is None:
        return False
    _log.warning("Memory ran out; going on with %s.", plan.changes, exc_info=error.__cause__)
    step = checkpoints.step_of(checkpoint) if checkpoint is not None else 0
    event = _event(job, plan, error, step)
    add_leaner(run.path, event)
    emit(event)
    return True


def _machine(run: Run, job: TrainingJob) -> FitMachine:
    """The place where the run trains: of a computer with a card the processor, if that was chosen."""
    machine = probe(run.path)
    return plan_for(msgspec.structs.replace(machine, gpus=[]) if job.device == "cpu" else machine)


def _event(job: TrainingJob, plan: LeanerPlan, error: OutOfMemory, step: int) -> Leaner:
    changes = [
        SettingChange(setting=key, before=getattr(job.settings, key), after=after)
        for key, after in plan.changes.items()
        if getattr(job.settings, key) != after
    ]
    rows = job.settings.per_device_batch_size * job.settings.gradient_accumulation_steps
    begin = f"It goes on from step {step:,}" if step else "It begins again"
    text = (
        f"{error.what} {error.why} "
        f"{begin} with {change_words(changes)}, which needs about {format_bytes(plan.saves_bytes)} less. "
        f"Each step still learns from the same {rows:,} row{'' if rows == 1 else 's'}."
    )
    return Leaner(step=step, changes=changes, saves_bytes=plan.saves_bytes, text=text)
