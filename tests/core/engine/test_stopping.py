from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from core.engine.train import work
from core.events import Checkpoint, Failed, Finished, Started, StateChanged
from core.runs.run import Run
from tests.core.engine.conftest import (
    PATIENCE_S,
    WhenSeen,
    at_steps,
    new_run,
    of_type,
    start_worker,
    steps_of,
    wait_for,
    work_on,
)
from tests.core.engine.killing import outcome


def test_paused_stopped_and_interrupted_it_learns_the_same(
    finished_run: Run, runs_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run(runs_root)

    at_steps(monkeypatch, {1: lambda: run.tell("pause"), 5: lambda: run.tell("stop")})
    WhenSeen(
        run, lambda events: "paused" in [s.state for s in of_type(events, StateChanged)], lambda: run.tell("resume")
    )
    assert work_on(run) == 0
    first = run.events()
    states = ["starting", "running", "paused", "starting", "running", "stopped"]
    assert [s.state for s in of_type(first, StateChanged)] == states
    assert isinstance(first[-1], Finished) and first[-1].state == "stopped"
    stopped_at = first[-1].steps
    assert stopped_at == 6
    assert of_type(first, Checkpoint)[-1].step == stopped_at
    assert (run.path / "adapter" / "adapter_model.safetensors").exists()

    at_steps(monkeypatch, {stopped_at + 2: lambda: os.kill(os.getpid(), signal.SIGINT)})
    assert work(run.path) == 130
    assert of_type(run.events(), Started)[-1].resumed_from == stopped_at

    assert work(run.path) == 0
    losses = {step.step: step.loss for step in steps_of(run)}
    assert losses == pytest.approx({step.step: step.loss for step in steps_of(finished_run)}, rel=1e-5)
    assert [step.step for step in steps_of(run)] == list(range(1, 17))
    last = run.events()[-1]
    assert isinstance(last, Finished) and last.state == "finished"
    assert last.seconds > first[-1].seconds


def test_a_checkpoint_can_be_asked_for(runs_root: Path) -> None:
    run = new_run(runs_root, "max_steps=6", "checkpoint_steps=100", "validation_share=0")
    run.tell("checkpoint")
    assert work(run.path) == 0
    assert [event.step for event in of_type(run.events(), Checkpoint)] == [1, 6]


def test_a_stop_before_the_first_step_ends_it_without_a_step(runs_root: Path) -> None:
    run = new_run(runs_root)
    run.tell("stop")
    assert work(run.path) == 0
    last = run.events()[-1]
    assert isinstance(last, Finished) and (last.state, last.steps, last.loss_first) == ("stopped", 0, None)


STANDS_STILL_AFTER_SIX_STEPS = """
import sys, time
from core.engine.libraries import import_bitsandbytes
import_bitsandbytes()
from core.engine.__main__ import main
from core.engine.trainer import Trainer
whole = Trainer.training_step
def step(self, *others, **named):
    if self.state.global_step == 6:
        time.sleep(3600)
    return whole(self, *others, **named)
Trainer.training_step = step
main(["train", sys.argv[1]])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM between processes")
def test_a_killed_worker_goes_on_from_its_checkpoint_and_a_second_one_keeps_away(
    finished_run: Run, runs_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run(runs_root)
    first = start_worker(run, STANDS_STILL_AFTER_SIX_STEPS)
    wait_for(lambda: len(steps_of(run)) == 6, first)
    second = start_worker(run)
    assert second.wait(PATIENCE_S) == 1
    assert "run.busy" in run.last_words()
    assert first.poll() is None
    first.kill()
    first.wait()
    written = of_type(run.events(), Checkpoint)[-1].step
    with (run.path / "events.jsonl").open("ab") as log:
        log.write(b'{"type":"step","ste')  # a line torn by the crash

    at_steps(monkeypatch, {8: lambda: os.kill(os.getpid(), signal.SIGTERM)})
    assert work(run.path) == 128 + signal.SIGTERM
    events = run.events()
    assert of_type(events, Started)[1].resumed_from == written == 4
    assert isinstance(events[-1], Finished) and (events[-1].state, events[-1].steps) == ("stopped", 9)
    assert not of_type(events, Failed)
    assert work(run.path) == 0
    assert outcome(run) == outcome(finished_run)
