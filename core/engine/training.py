"""From a job to a trained adapter."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from transformers import TrainerState

from core.data.sample import dataset_path
from core.engine import adapter, checkpoints
from core.engine.beforehand import check_beforehand
from core.engine.card_watch import card_watched
from core.engine.control import Control
from core.engine.device import Device, choose
from core.engine.emit import Emit
from core.engine.failures import is_out_of_memory
from core.engine.load import load_model
from core.engine.memory import MemoryMeter
from core.engine.progress import RunProgress, read_progress
from core.engine.reporting import Reporter
from core.engine.rows import Rows, prepare
from core.engine.same_data import check_same
from core.engine.samples import Samples, prompts_of
from core.engine.shortage import out_of_memory
from core.engine.tokenizer import load_tokenizer
from core.engine.trainer import Trainer, build
from core.errors import TunesmithError
from core.events import Progress, RunState, Started, StateChanged, Warned
from core.fit.versions import versions
from core.job import TrainingJob
from core.models.location import model_path
from core.runs.run import ADAPTER, CHECKPOINTS, Run
from core.runs.until import read_until, step_at

NO_TEMPLATE = (
    "The model has no chat template of its own, as base models have none. It learns a plain one: “User:” and "
    "“Assistant:” before what each says. The chat here uses the same; other programs must be told of it."
)


def train(run: Run, emit: Emit, control: Control, progress: RunProgress) -> RunState:
    """Train `run` from its newest checkpoint, or from the start, until its end or until somebody stops it.

    Args:
        progress: filled with what the run has come to, also where this raises.

    Returns:
        `finished`, `stopped` (also where this worker was to go no further), or `paused`: then its checkpoint is written
        and everything here may go.

    Raises:
        TunesmithError: whatever in the job, the model or the data does not work out.
        StopRequested: a stop was asked for before the first step.
    """
    job = run.job_as_trained()
    device = choose(job.device)
    check_beforehand(model_path(job.model), job.settings, device)
    checkpoint = _take_up(run, progress, emit)
    meter = MemoryMeter(device)
    trainer, reporter = _prepare(run, job, device, meter, (emit, control, progress))
    total = trainer.args.max_steps
    end = step_at(read_until(run.path), total)
    if checkpoint is not None and (checkpoints.step_of(checkpoint) >= end or progress.validation.stopped_early):
        adapter.load_into(trainer.model, checkpoint)
    else:
        with card_watched(device, emit, lambda: progress.steps, control.ask_checkpoint):
            _loop(trainer, reporter, checkpoint, device, meter)
        if reporter.paused:
            return "paused"
    emit(Progress(phase="saving", text="Saving the adapter"))
    _take_best(run, trainer.model, progress)
    checkpoints.write_aside(run.path / ADAPTER, lambda place: adapter.save(trainer.model, place))
    return "finished" if progress.steps >= total or progress.validation.stopped_early else "stopped"


def _loop(trainer: Trainer, reporter: Reporter, checkpoint: Path | None, device: Device, meter: MemoryMeter) -> None:
    """The training loop, to its end or until `reporter` ends it.

    Raises:
        OutOfMemory: with what is known of the moment.
    """
    try:
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        longest = max(len(row) for row in trainer.train_dataset["input_ids"])
        raise out_of_memory(error, device, meter, reporter.doing, trainer.batch_shape, longest) from error
    finally:
        reporter.finish()


def _take_best(run: Run, model: Any, progress: RunProgress) -> None:
    """Put the adapter of the best checkpoint into `model`, if a later validation was worse; else it keeps the last."""
    progress.adapter_step = progress.steps
    best = run.path / CHECKPOINTS / checkpoints.name_of(progress.validation.best_step)
    if progress.validation.best_is_earlier and checkpoints.is_whole(best):
        adapter.load_into(model, best)
        progress.adapter_step = progress.validation.best_step


def _take_up(run: Run, progress: RunProgress, emit: Emit) -> Path | None:
    """The checkpoint to go on from, its counts now in `progress`. An adapter that an earlier stop left is in it, and
    goes.

    Raises:
        TunesmithError: `run.no_sound_checkpoint` where there were some and each is damaged.
    """
    folder = run.path / CHECKPOINTS
    if not folder.is_dir():
        return None
    damaged: list[str] = []

    def warn(aside: Path, problem: str) -> None:
        name = aside.name.removeprefix(checkpoints.DAMAGED)
        damaged.append(f"{name}: {problem}")
        emit(Warned(code="run.checkpoint_damaged", text=f"The checkpoint {name} is damaged ({problem}): passed over."))

    checkpoints.remove_partial(folder)
    checkpoint = checkpoints.sound(folder, warn)
    if checkpoint is None and damaged:
        raise TunesmithError(
            "run.no_sound_checkpoint",
            what="The run cannot go on: all its checkpoints are damaged.",
            why=f"{'; '.join(damaged)}.",
            remedy="Put an undamaged copy of one there, or resume once more to begin again with the first step.",
            where=str(folder),
        )
    if checkpoint is None:
        return None
    progress.take(read_progress(checkpoint))
    if (run.path / ADAPTER).exists():
        shutil.rmtree(run.path / ADAPTER)
    return checkpoint


def _prepare(
    run: Run, job: TrainingJob, device: Device, meter: MemoryMeter, ends: tuple[Emit, Control, RunProgress]
) -> tuple[Trainer, Reporter]:
    emit, control, progress = ends
    settings = job.settings
    folder = model_path(job.model)
    emit(Progress(phase="loading", text="Reading the tokenizer"))
    tokenizer = load_tokenizer(folder)
    if not tokenizer.chat_template:
        emit(Warned(code="model.no_chat_template", text=NO_TEMPLATE))
    rows = prepare(job.dataset, tokenizer, settings, emit)
    check_same(rows.train, progress, dataset_path(job.dataset))
    emit(Progress(phase="loading", text="Loading the model"))
    model = adapter.attach(load_model(folder, settings, device), settings)
    emit(Progress(phase="loading", text="Preparing the training"))
    reporter = Reporter(
        emit,
        control,
        meter,
        progress,
        settings=settings,
        validates=bool(rows.validation),
        on_start=lambda state: _say_started(run, job, device, rows, model, state, emit),
        until=read_until(run.path),
    )
    trainer = build(
        folder=run.path,
        model=model,
        tokenizer=tokenizer,
        rows=rows,
        settings=settings,
        device=device,
        progress=progress,
        callbacks=[reporter, Samples(prompts_of(job, rows.examples, tokenizer), tokenizer, settings, *ends)],
    )
    trainer.room_again = reporter.room_again
    return trainer, reporter


def _say_started(
    run: Run, job: TrainingJob, device: Device, rows: Rows, model: Any, state: TrainerState, emit: Emit
) -> None:
    trainable, everything = model.get_nb_trainable_parameters()
    emit(
        Started(
            run=run.name,
            device=device.label,
            device_name=device.name,
            steps_total=state.max_steps,
            epochs=job.settings.epochs,
            train_rows=len(rows.train),
            validation_rows=len(rows.validation),
            trainable_parameters=trainable,
            parameters=everything - trainable,
            resumed_from=state.global_step,
            versions=versions(),
        )
    )
    emit(StateChanged(state="running"))
