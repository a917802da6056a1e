"""Sweeps: make one, have it led by a process of its own, look at it, stop it, go on with it, throw it away."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from core import paths
from core.errors import TunesmithError
from core.files import write_json
from core.fit.machine import plan_for
from core.fit.prices import prices
from core.job import TrainingJob
from core.models.location import model_path
from core.runs.commands import clear, post
from core.runs.curves import RunCurves
from core.runs.liveness import FILE as IDENTITY_FILE
from core.runs.liveness import identity_of, read_identity
from core.runs.store import TRASH, RunStore, new_name
from core.sweeps.budget import seconds_for
from core.sweeps.halving import rungs_for
from core.sweeps.reading import CandidateLog
from core.sweeps.standing import Standing, standing
from core.sweeps.store import LOG, STANDING, SweepStatus, SweepStore
from core.sweeps.values import VALIDATION_ROWS, Candidate, Sweep, Value, combinations
from core.tasks import train
from core.tasks.hardware import detect
from core.worker import detached
from core.worker.command import module_command
from core.worker.ladder import climb

DRIVER = "core.tasks.sweep_driver"
TAG = "sweep"
HIGHEST_SEED = 2**32 - 1
MINUTE_S = 60.0


def create(
    job: TrainingJob,
    vary: Mapping[str, list[Value]],
    *,
    minutes: float | None = None,
    money: float | None = None,
    lengths: Sequence[int] = (),
) -> Sweep:
    """A new sweep of `job`, not started. All its runs look at the same rows held back, and say nothing meanwhile.

    Args:
        vary: the values of each setting that is varied; every combination is a run.
        minutes, money: the budget, one of them; money is electricity in the currency of the table of prices.
        lengths: tokens of each row of the data, where they were counted: memory is promised for the longest.

    Raises:
        TunesmithError: `sweep.…`, `settings.…`, `model.not_here`, `file.not_writable`.
    """
    model_path(job.model)
    changes = combinations(job.settings, dict(vary))
    check_budget(minutes, money)
    seconds = minutes * MINUTE_S if minutes is not None else seconds_for(money or 0.0, plan_for(detect()))
    settings = job.settings.changed(validation_rows=job.settings.validation_rows or VALIDATION_ROWS, sample_steps=-1)
    store = SweepStore()
    name = _new_name(store, job)
    sweep = Sweep(
        name=name,
        base=msgspec.structs.replace(job, settings=settings, sample_prompts=()),
        vary=dict(vary),
        candidates=[Candidate(run=f"{name}-{n}", changes=one) for n, one in enumerate(changes, start=1)],
        twin=f"{name}-seed",
        twin_seed=settings.seed + 1 if settings.seed < HIGHEST_SEED else 0,
        rungs=rungs_for(len(changes)),
        budget_s=seconds,
        money=money,
        currency=prices().currency if money is not None else "",
        longest_row=max(lengths, default=0),
    )
    store.write(sweep)
    return sweep


def check_budget(minutes: float | None, money: float | None) -> None:
    """Refuse what is no budget.

    Raises:
        TunesmithError: `sweep.no_budget`, unless exactly one of the two is given, and above 0.
    """
    if (minutes is None) == (money is None) or (minutes if minutes is not None else money or 0.0) <= 0:
        raise TunesmithError(
            "sweep.no_budget",
            what="A sweep needs a budget.",
            why="It decides how long every run may be.",
            remedy="Give it in minutes or in money, above 0.",
            where="--minutes",
        )


def _new_name(store: SweepStore, job: TrainingJob) -> str:
    base, number = f"{new_name(job)}-sweep", 1
    taken = {*store.names(), *(path.name for path in paths.runs_dir().glob("*"))}
    while (name := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return name


def launch(name: str) -> None:
    """Have the sweep called `name` led on, by a process that outlives this one.

    Raises:
        TunesmithError: `sweep.not_found`, `sweep.active`, `sweep.finished`, `worker.not_started`.
    """
    store = SweepStore()
    folder, status = store.folder(name), store.status(name)
    if status.state == "finished":
        raise TunesmithError(
            "sweep.finished",
            what=f"The sweep “{name}” has finished.",
            why="There is nothing left to train.",
            remedy="Start a new one.",
            where=str(folder),
        )
    if status.is_driven:
        raise TunesmithError(
            "sweep.active",
            what=f"The sweep “{name}” is already at work.",
            why="Another process leads it.",
            remedy=f"`tunesmith sweep show {name}` shows how it goes.",
            where=str(folder),
        )
    clear(folder)
    store.say(name, SweepStatus())
    child = detached.start_command(module_command(DRIVER, name), folder / LOG)
    write_json(folder / IDENTITY_FILE, identity_of(child.pid))


def stop(name: str) -> None:
    """Let the sweep called `name` end; the run at work writes a checkpoint first. Returns at once.

    Raises:
        TunesmithError: `sweep.not_found`.
    """
    store = SweepStore()
    folder = store.folder(name)
    post(folder, "stop")
    if not store.status(name).is_driven:
        for run in _at_work(store.read(name)):
            train.stop(run)


def end(name: str, patience_s: float) -> None:
    """Make sure that nobody works on the sweep called `name` any more. Blocks up to some `patience_s` seconds.

    Raises:
        TunesmithError: `sweep.not_found`.
    """
    store = SweepStore()
    sweep = store.read(name)
    driver = read_identity(store.folder(name))
    if driver is not None:
        climb(driver, patience_s)
    for run in _at_work(sweep):
        train.end(run, patience_s)
    if store.status(name).state == "died":
        store.say(name, SweepStatus(state="stopped"))


def discard(name: str) -> None:
    """Put the sweep called `name` and all its runs into the trash.

    Raises:
        TunesmithError: `sweep.not_found`, `sweep.active`, `run.active`, `file.not_writable`.
    """
    store, runs = SweepStore(), RunStore()
    if store.status(name).is_driven:
        raise TunesmithError(
            "sweep.active",
            what=f"The sweep “{name}” is still at work.",
            why="A process leads it.",
            remedy="Stop it first, then delete it.",
            where=str(store.folder(name)),
        )
    there = [run for run in runs_of(store.read(name)) if (runs.root / run).is_dir()]
    moved: list[str] = []
    try:
        for run in there:
            runs.discard(run)
            moved.append(run)
        store.discard(name)
    except TunesmithError:  # nobody could bring back what is in the trash without its sweep
        for run in moved:
            runs.restore(run)
        raise


def delete(name: str) -> None:
    """Delete the sweep called `name` and all its runs for good; what else is in the trash stays there.

    Raises:
        TunesmithError: as `discard`.
    """
    store, runs = SweepStore(), RunStore()
    gone = runs_of(store.read(name))
    discard(name)
    for place in (*(runs.root / TRASH / run for run in gone), store.root / TRASH / name):
        shutil.rmtree(place, ignore_errors=True)  # what the system does not let go of stays in the trash


def restore(name: str) -> None:
    """Bring the sweep called `name` and its runs back from the trash.

    Raises:
        TunesmithError: `sweep.not_found`, `sweep.broken`, `file.not_writable`.
    """
    store, runs = SweepStore(), RunStore()
    for run in runs_of(store.discarded(name)):  # the sweep last: until it is back, this can be tried again
        if (runs.root / TRASH / run).is_dir():
            runs.restore(run)
    store.restore(name)


def runs_of(sweep: Sweep) -> list[str]:
    """The names of all runs that the sweep may have, the twin last."""
    return [*(one.run for one in sweep.candidates), sweep.twin]


def _at_work(sweep: Sweep) -> list[str]:
    """Which of its runs have a worker that lives."""
    identities = {run: read_identity(paths.runs_dir() / run) for run in runs_of(sweep)}
    return [run for run, worker in identities.items() if worker is not None and worker.alive()]


class SweepWatch:
    """Looks at one sweep again and again, reading of its runs' logs only what is new.

    Attributes:
        sweep: what it is, as it was read last.
    """

    def __init__(self, name: str) -> None:
        """Raises `TunesmithError` as `SweepStore.read`."""
        self._store = SweepStore()
        self.sweep = self._store.read(name)
        self._logs = {run: CandidateLog(paths.runs_dir() / run) for run in runs_of(self.sweep)}

    def look(self) -> Standing:
        """How it stands. One that has finished is told as it was then.

        Raises:
            TunesmithError: as `SweepStore.read`.
        """
        detached.reap()
        name = self.sweep.name
        status = self._store.status(name)
        for log in self._logs.values():
            log.poll()
        if status.state == "finished" and (kept := self._store.kept(name, STANDING, Standing)) is not None:
            return kept
        self.sweep = self._store.read(name)
        return standing(self.sweep, self._logs, status)

    def curves(self) -> dict[str, RunCurves]:
        """What was read of every run, by its name."""
        return {run: log.curves for run, log in self._logs.items()}


def show(name: str) -> Standing:
    """How the sweep called `name` stands.

    Raises:
        TunesmithError: `sweep.…`.
    """
    return SweepWatch(name).look()


def last_words(name: str, lines: int = 5) -> str:
    """What the process that led the sweep printed last.

    Raises:
        TunesmithError: `sweep.not_found`.
    """
    log: Path = SweepStore().folder(name) / LOG
    if not log.is_file():
        return ""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
