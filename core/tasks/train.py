"""Training: start a run in its own detached process, tell it things, go on with it later."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from core.errors import TunesmithError
from core.files import write_json
from core.fit.machine import plan_for
from core.fit.measured import measured_plan
from core.fit.recommend import your_plan
from core.fit.rehearsed import figures_of, rehearsed_plan
from core.fit.rows import at_length
from core.fit.values import FitMachine, Plan, Prediction
from core.job import ModelRef, TrainingJob
from core.models.fingerprint import fingerprint
from core.models.licence import acknowledge, check, named, of_hub_model
from core.models.location import model_path
from core.models.reading import licence_in, read_folder
from core.models.spec import ModelSpec
from core.runs.commands import clear
from core.runs.info import RunInfo
from core.runs.liveness import FILE as IDENTITY_FILE
from core.runs.liveness import WorkerIdentity, identity_of
from core.runs.run import LOG_FILE, Run
from core.runs.store import RunStore
from core.runs.until import write_until
from core.tasks import measure, rehearse
from core.tasks.hardware import detect
from core.tasks.made_of import described
from core.worker import detached
from core.worker.ladder import climb, interrupt

LEAVING_S = 10.0
POLL_S = 0.1


def create(
    job: TrainingJob, plan: Plan | None = None, deeper: Sequence[Prediction] = (), about: RunInfo | None = None
) -> Run:
    """A new run for `job`, not started; what was predicted is kept with it, to be compared with what it takes.

    Args:
        plan: what is promised; without one, what the instant estimate says of the job on this computer.
        deeper: what other depths of the estimate said; what is kept of deeper ones is found without it.
        about: what it is called, its title and tags; without it, it gets a name of its own. Without a plan, its
            `predicted_row_tokens` say how long the rows are, and its `predictions` how fast each depth took the same
            job to be, if that is known.

    Raises:
        TunesmithError: `model.not_here`, `model.licence_not_acknowledged`, `model.not_readable`, `paths.not_writable`,
            `file.not_writable`, `data.not_readable`, and as `core.models.reading.read_folder`.
    """
    folder = model_path(job.model)
    if job.model.source == "hub":
        check(_licence_of(job.model, folder), job.model.id)
    model_fingerprint = _fingerprint(folder)
    spec, machine = read_folder(folder), plan_for(detect())
    about = about or RunInfo(name="")
    promised = plan or your_plan(spec, machine, at_length(job.settings, about.predicted_row_tokens))
    found = predictions_of(_deepest(spec, job, machine, promised), about.predictions)
    predictions = {one.depth: one for one in (*deeper, *found)}
    info = msgspec.structs.replace(
        described(about, job),
        model_fingerprint=model_fingerprint,
        predicted_memory_bytes=promised.memory.total_bytes,
        predicted_depth=promised.memory.depth,
        predicted_row_tokens=promised.memory.row_tokens,
        predictions=list(predictions.values()),
    )
    return RunStore().create(job, info)


def _deepest(spec: ModelSpec, job: TrainingJob, machine: FitMachine, plan: Plan) -> Plan:
    """`plan` corrected by what is kept of exactly this training: a rehearsal, a measurement. Starts no worker."""
    if job.device == "cpu" and machine.is_gpu:
        return plan
    rehearsal = rehearse.kept(rehearse.key_of(spec, plan.at_longest, machine))
    if rehearsal is not None and plan.memory.depth == "instant":
        plan = rehearsed_plan(plan, rehearsal, machine)
    measurement = measure.kept(spec, plan.at_longest, machine)
    if measurement is not None and plan.memory.depth != "measured":
        plan = measured_plan(plan, measurement, machine)
    return plan


def predictions_of(plan: Plan, earlier: Sequence[Prediction] = ()) -> list[Prediction]:
    """What each depth that is known of `plan` promises, in the measures of a run; where the rows were not looked at, at
    the speed of `earlier` ones of the same job."""
    duration = plan.duration
    deepest = duration.tokens / duration.seconds if duration else 0.0
    speeds = {one.depth: one.tokens_per_second for one in earlier}
    return [
        Prediction(
            depth=one.depth,
            total_bytes=one.total_bytes,
            tokens_per_second=deepest * one.tokens_per_second / plan.speed.tokens_per_second
            or speeds.get(one.depth, 0.0),
        )
        for one in plan.depths or [figures_of(plan)]
    ]


def prediction_of(plan: Plan) -> Prediction:
    """What the deepest depth that is known of `plan` promises."""
    return predictions_of(plan)[-1]


def accept_licence(model: ModelRef) -> None:
    """Keep that this person agrees to the licence of the hub model `model`, where it is one that is known.

    Raises:
        TunesmithError: `model.not_here`, `file.not_writable`.
    """
    licence = named(_licence_of(model, model_path(model)))
    if licence is not None:
        acknowledge(licence.id)


def _licence_of(model: ModelRef, folder: Path) -> str:
    return of_hub_model(model.id) or licence_in(folder)


def check_base(run: Run) -> None:
    """Refuse to put the run's adapter on other weights than those it was trained on.

    Raises:
        TunesmithError: `model.changed`, `model.not_here`, or as `Run.job`.
    """
    folder = model_path(run.job().model)
    trained_on = run.info().model_fingerprint
    if trained_on and _fingerprint(folder) != trained_on:
        raise TunesmithError(
            "model.changed",
            what="The base model is no longer the one that this run was trained on.",
            why="Its files have other contents than when the run was made, and the adapter fits those alone.",
            remedy="Put the old model back, or train a new run on the new one.",
            where=str(folder),
        )


def _fingerprint(folder: Path) -> str:
    try:
        return fingerprint(folder)
    except OSError as error:
        raise TunesmithError(
            "model.not_readable",
            what="A file of the model cannot be read.",
            why=f"The system says: {error.strerror or error}.",
            remedy="Check that the folder holds config.json and the weights, and that you may read them.",
            where=str(error.filename or folder),
        ) from error


def launch(run: Run, until: float = 1.0) -> None:
    """Start the worker of `run`. A run that was stopped, failed or died goes on from its last checkpoint.

    Args:
        until: the share of its steps after which it stops, to go on later.

    Raises:
        TunesmithError: `run.active`, `run.finished`, `run.incomplete`, `model.changed`, `worker.not_started`,
            `file.not_writable`.
    """
    check_base(run)
    refuse_unstartable(run)
    clear(run.path)
    write_until(run.path, until)
    child = detached.start(["train", str(run.path)], run.path / LOG_FILE)
    write_json(run.path / IDENTITY_FILE, identity_of(child.pid))


def refuse_unstartable(run: Run) -> None:
    """Refuse a run that a worker is at, and one that is done. A worker that has said its last word is waited for, a
    second or two: it frees what it held.

    Raises:
        TunesmithError: `run.active`, `run.finished`.
    """
    worker = run.worker()
    if worker is not None and worker.alive() and not _leaves(run, worker):
        raise TunesmithError(
            "run.active",
            what=f"The run “{run.name}” is already at work.",
            why=f"Process {worker.pid} trains it; two would spoil each other's files.",
            remedy="Follow that one, or stop it first.",
            where=str(run.path),
        )
    if run.summary().state == "finished":
        raise TunesmithError(
            "run.finished",
            what=f"The run “{run.name}” has finished.",
            why="All its steps are done.",
            remedy="Chat with it, or start a new run with more epochs.",
            where=str(run.path),
        )


def _leaves(run: Run, worker: WorkerIdentity) -> bool:
    """Whether `worker`, which has ended its work on `run`, is gone within `LEAVING_S`."""
    until = time.monotonic() + LEAVING_S
    while not run.summary().active and time.monotonic() < until:
        if not worker.alive():
            return True
        time.sleep(POLL_S)
    return False


def start(job: TrainingJob, plan: Plan | None = None, deeper: Sequence[Prediction] = ()) -> Run:
    """`create` and `launch`.

    Raises:
        TunesmithError: as those.
    """
    run = create(job, plan, deeper)
    launch(run)
    return run


def resume(name: str) -> Run:
    """Go on with the run called `name`: wake it if it is paused, else start its worker anew from the last checkpoint.

    Raises:
        TunesmithError: `run.not_found`, or as `launch`.
    """
    run = RunStore().get(name)
    if run.summary().state == "paused":
        run.tell("resume")
    else:
        launch(run)
    return run


def pause(name: str) -> None:
    """Let the run called `name` hold still after the step at work, its memory given back.

    Raises:
        TunesmithError: `run.not_found`.
    """
    RunStore().get(name).tell("pause")


def checkpoint(name: str) -> None:
    """Let the run called `name` write a checkpoint now.

    Raises:
        TunesmithError: `run.not_found`.
    """
    RunStore().get(name).tell("checkpoint")


def stop(name: str) -> None:
    """Let the run called `name` write a checkpoint and end. Returns at once.

    Raises:
        TunesmithError: `run.not_found`.
    """
    run = RunStore().get(name)
    run.tell("stop")
    if run.summary().state == "starting":
        worker = run.worker()
        if worker is not None:
            interrupt(worker)


def end(name: str, patience_s: float) -> None:
    """Make sure that the worker of the run called `name` ends: ask, wait up to `patience_s` seconds, kill. Blocks.

    Raises:
        TunesmithError: `run.not_found`.
    """
    worker = RunStore().get(name).worker()
    if worker is not None:
        climb(worker, patience_s)
