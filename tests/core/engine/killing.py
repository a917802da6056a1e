"""Killing a run's worker at chosen moments, starting it again each time, until it ends by itself."""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Callable
from typing import Literal, NamedTuple

from core.engine import checkpoints, integrity
from core.events import Progress, Started, Step
from core.runs.run import CHECKPOINTS, Run
from tests.core.engine.conftest import PATIENCE_S, of_type, start_worker, steps_of

Moment = Literal["loading", "step", "checkpoint"]
LOOK_S = 0.002  # a checkpoint of the starter is written in some 30 ms
MOST_STEPS = 8  # that a worker may do before it is killed at a step
MOST_WAIT_S = 0.3  # after that step, so that any place within the next is hit


class Kill(NamedTuple):
    """One kill: what was waited for, how far the run had come, and what lay half written then."""

    moment: Moment
    step: int
    half_written: list[str]


def killed_to_the_end(
    run: Run, moments: list[Moment], chance: random.Random, on_kill: Callable[[Kill], object] = lambda _: None
) -> list[Kill]:
    """Train `run` to its end, its worker killed at each of `moments`; what was hit. Every checkpoint that is there
    after a kill must be whole.

    Raises:
        AssertionError: a worker ended by itself before its moment, a checkpoint was damaged, or the end was no success.
    """
    kills = []
    for moment in moments:
        worker = start_worker(run)
        _wait(run, moment, chance, worker)
        worker.kill()
        worker.wait()
        folder = run.path / CHECKPOINTS
        half = sorted(place.name for place in folder.glob(f"{checkpoints.PARTIAL}*")) if folder.is_dir() else []
        kills.append(Kill(moment, max((step.step for step in steps_of(run)), default=0), half))
        for checkpoint in run.checkpoints():
            assert integrity.damage(checkpoint) == "", checkpoint
        on_kill(kills[-1])
    assert start_worker(run).wait(PATIENCE_S) == 0, run.last_words()
    return kills


def _wait(run: Run, moment: Moment, chance: random.Random, worker: subprocess.Popen[bytes]) -> None:
    """Wait until `moment`, as this worker's part of the log tells it, and a little longer by chance."""
    before, wanted = len(run.events()), chance.randint(0, MOST_STEPS)
    until = time.monotonic() + PATIENCE_S
    while not _has_come(run, moment, before, wanted):
        assert worker.poll() is None, f"it ended first: {run.last_words()}"
        assert time.monotonic() < until, "it never came to that"
        time.sleep(LOOK_S if moment == "checkpoint" else 10 * LOOK_S)
    if moment != "checkpoint":
        time.sleep(chance.uniform(0.0, MOST_WAIT_S))


def _has_come(run: Run, moment: Moment, before: int, wanted: int) -> bool:
    """Of a checkpoint: that one is being written after about `wanted` steps, and not what an earlier kill left."""
    said = run.events()[before:]
    if moment == "loading":
        return bool(of_type(said, Progress))
    if not of_type(said, Started) or len(of_type(said, Step)) < wanted:
        return False
    return moment == "step" or any((run.path / CHECKPOINTS).glob(f"{checkpoints.PARTIAL}step-*"))


def outcome(run: Run) -> tuple[bytes, dict[int, float]]:
    """The adapter, and every step's loss, of a step that was computed again the later one."""
    weights = run.path / "adapter" / "adapter_model.safetensors"
    return weights.read_bytes(), {step.step: step.loss for step in steps_of(run)}
