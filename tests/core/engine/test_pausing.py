"""A paused run holds no model, and goes on as if it had never held still."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from core.engine.control import Control
from core.engine.renewal import PAUSED, Renewal
from core.engine.train import work
from core.events import Finished, Opened, StateChanged
from core.runs import commands
from core.runs.liveness import identity_of
from core.runs.run import Run
from tests.core.engine.conftest import PATIENCE_S, WhenSeen, new_run, of_type, start_worker, steps_of, wait_for

HELD_STILL_BYTES = 100 * 2**20


def states_of(run: Run) -> list[str]:
    return [event.state for event in of_type(run.events(), StateChanged)]


def test_a_paused_worker_holds_no_model_and_goes_on_to_the_same_adapter(finished_run: Run, runs_root: Path) -> None:
    run = new_run(runs_root)
    run.tell("pause")
    worker = start_worker(run)
    wait_for(lambda: "paused" in states_of(run), worker)
    wait_for(lambda: psutil.Process(worker.pid).memory_info().rss < HELD_STILL_BYTES, worker)
    identity = run.worker()
    assert identity is not None and identity.alive() and identity.pid == worker.pid
    assert of_type(run.events(), Finished) == []

    run.tell("resume")
    assert worker.wait(PATIENCE_S) == 0, run.last_words()
    assert states_of(run) == ["starting", "running", "paused", "starting", "running", "finished"]
    assert [step.loss for step in steps_of(run)] == [step.loss for step in steps_of(finished_run)]
    learnt, unbroken = (one.path / "adapter" / "adapter_model.safetensors" for one in (run, finished_run))
    assert learnt.read_bytes() == unbroken.read_bytes()


def test_a_signal_in_the_moment_between_two_processes_is_heard(runs_root: Path) -> None:
    run = new_run(runs_root)
    control = Control(run.path)
    control.install()
    control.begin_training()
    control.hand_on()
    assert commands.take(run.path) == []
    os.kill(os.getpid(), signal.SIGINT)
    assert commands.take(run.path) == ["stop"]
    control.hand_on()
    assert commands.take(run.path) == ["stop"]


@pytest.fixture
def paused_run(finished_run: Run, tmp_path: Path) -> Run:
    """A run whose worker has written a checkpoint and given its memory back."""
    run = Run(Path(shutil.copytree(finished_run.path, tmp_path / "paused")))
    shutil.rmtree(run.path / "adapter")
    shutil.rmtree(run.checkpoints()[-1])
    log = run.path / "events.jsonl"
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:2]))
    return run


def test_a_stop_while_it_holds_still_keeps_what_it_has_learnt_without_loading_anything(paused_run: Run) -> None:
    paused_run.tell("stop")
    assert work(paused_run.path, Renewal(paused=True)) == 0
    state, last = paused_run.events()[-2:]
    assert isinstance(state, StateChanged) and state.state == "stopped"
    assert isinstance(last, Finished) and (last.state, last.steps, last.adapter_step) == ("stopped", 12, 12)
    kept, checkpoint = paused_run.path / "adapter", paused_run.checkpoints()[-1]
    for name in ("adapter_model.safetensors", "adapter_config.json"):
        assert (kept / name).read_bytes() == (checkpoint / name).read_bytes()
    assert len(of_type(paused_run.events(), Opened)) == 1


def test_a_signal_while_it_holds_still_ends_it_with_its_result(paused_run: Run) -> None:
    WhenSeen(
        paused_run,
        lambda _: signal.getsignal(signal.SIGINT) is not signal.default_int_handler,
        lambda: os.kill(os.getpid(), signal.SIGINT),
    )
    assert work(paused_run.path, Renewal(paused=True)) == 128 + signal.SIGINT
    last = paused_run.events()[-1]
    assert isinstance(last, Finished) and (last.state, last.adapter_step) == ("stopped", 12)
    assert paused_run.adapter() == paused_run.path / "adapter"


def test_where_a_process_cannot_renew_itself_a_child_takes_over_under_its_own_name(paused_run: Run) -> None:
    """As on Windows: the child is named in the folder before its starter ends, and hears what the run is told."""
    command = [sys.executable, "-P", "-m", "core.engine", "train", str(paused_run.path), PAUSED]
    script = (
        f"import os; from pathlib import Path; from core.engine.renewal import hand_over\n"
        f"raise SystemExit(hand_over(Path({str(paused_run.path)!r}), {command!r}, dict(os.environ)))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=PATIENCE_S).returncode == 0
    worker = paused_run.worker()
    assert worker is not None and worker.alive() and worker == identity_of(worker.pid)
    paused_run.tell("stop")
    wait_for(lambda: of_type(paused_run.events(), Finished))
    wait_for(lambda: not worker.alive())
