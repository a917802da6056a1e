"""The queue as a person meets it: runs follow each other whoever is killed, and what cannot start says so."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from core.cli import main
from core.errors import TunesmithError
from core.files import write_json
from core.job import ModelRef, TrainingJob
from core.models.location import starter_path
from core.runs import liveness
from core.runs.liveness import read_identity, write_own_identity
from core.runs.queue import RunQueue
from core.runs.store import RunStore
from core.settings import from_pairs
from core.sweeps.store import SweepStatus, SweepStore
from core.tasks import queue, train
from core.tasks import sweep as sweeps
from core.tasks.queue_runner import serve
from tests.core.conftest import JOB

PATIENCE_S = 300.0


def wait_for(condition: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.05)


def job_of(model: Path, *settings: str) -> TrainingJob:
    return TrainingJob(
        model=ModelRef(source="folder", id="mine", path=str(model)),
        dataset=JOB.dataset,
        settings=from_pairs([*settings], JOB.settings),
        device="cpu",
    )


def test_the_next_run_starts_though_the_queues_process_was_killed_and_one_that_cannot_start_says_why(
    tmp_path: Path,
) -> None:
    model, gone = (Path(shutil.copytree(starter_path(), tmp_path / name)) for name in ("model", "gone"))
    first = queue.add(job_of(model, "max_steps=1", "validation_share=0", "sample_steps=-1"))
    second = queue.add(job_of(gone))
    shutil.rmtree(gone)
    wait_for(lambda: (worker := first.worker()) is not None and worker.alive())
    wait_for(lambda: queue.waiting() == [second.name])
    runner = read_identity(RunQueue().folder)
    assert runner is not None
    psutil.Process(runner.pid).kill()
    wait_for(lambda: first.summary().state == "finished")
    wait_for(lambda: second.summary().state == "failed")
    error = second.summary().error
    assert error is not None and error["code"] == "model.not_here"
    wait_for(lambda: queue.waiting() == [] and read_identity(RunQueue().folder) is None)


def test_a_second_process_of_the_queue_leaves_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = RunQueue()
    run = RunStore().create(JOB)
    made.add(run.name)
    monkeypatch.setattr(RunQueue, "_has_runner", lambda _: True)
    serve(made)
    assert made.waiting() == [run.name]
    assert not queue.ensure_running()


@pytest.fixture
def led(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A sweep between two of its runs, and the process that leads it; in the place of a worker nothing is started."""
    sweep = sweeps.create(JOB, {"lora_rank": [4, 8]}, minutes=10)
    driver = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    write_json(SweepStore().folder(sweep.name) / liveness.FILE, liveness.identity_of(driver.pid))
    SweepStore().say(sweep.name, SweepStatus(state="running"))
    monkeypatch.setattr(train, "launch", lambda run: write_json(run.path / "launched.json", {}))
    yield sweep.name, driver
    driver.kill()
    driver.wait()


def serving(made: RunQueue) -> threading.Thread:
    thread = threading.Thread(target=serve, args=(made, 0.01), daemon=True)
    thread.start()
    return thread


def test_the_queue_waits_between_two_runs_of_a_sweep_until_whoever_leads_it_is_killed(
    led: tuple[str, subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name, driver = led
    made, run = RunQueue(), RunStore().create(JOB)
    made.add(run.name)
    looks = looks_at_sweeps(monkeypatch)
    thread = serving(made)
    wait_for(lambda: len(looks) > 3)
    assert not (run.path / "launched.json").exists()
    assert main(["queue", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["sweep"], document["running"], len(document["waiting"])) == (name, None, 1)
    assert main(["queue"]) == 0
    assert f"when the sweep {name} has ended" in " ".join(capsys.readouterr().out.split())
    driver.kill()
    driver.wait()
    thread.join(PATIENCE_S)
    assert (run.path / "launched.json").exists() and made.waiting() == []


def looks_at_sweeps(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """Each answer to the question which sweep is led."""
    answers: list[str | None] = []
    ask = SweepStore.led

    def asked(store: SweepStore) -> str | None:
        answers.append(ask(store))
        return answers[-1]

    monkeypatch.setattr(SweepStore, "led", asked)
    return answers


def test_a_sweep_that_is_started_at_the_same_moment_as_a_queued_run_goes_first(
    led: tuple[str, subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, run = RunQueue(), RunStore().create(JOB)
    made.add(run.name)
    answers = iter((None, led[0]))
    monkeypatch.setattr(SweepStore, "led", lambda _: next(answers, None))
    seen: list[str | None] = []
    announce = RunQueue.announce

    def announced(queue: RunQueue, name: str) -> None:
        announce(queue, name)
        seen.append(queue.starting())

    monkeypatch.setattr(RunQueue, "announce", announced)
    serve(made, 0.01)
    assert seen == [run.name, None, run.name, None], "Announced, taken back for the sweep, announced again."


def test_the_command_line_shows_and_changes_the_queue(capsys: pytest.CaptureFixture[str]) -> None:
    queue.hold()
    names = [RunStore().create(JOB).name for _ in range(2)]
    for name in names:
        assert main(["queue", "add", name]) == 0
    capsys.readouterr()
    assert main(["queue", "move", names[1], "1", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["held"] and document["running"] is None
    assert [(row["place"], row["name"], row["model"]) for row in document["waiting"]] == [
        (1, names[1], "starter"),
        (2, names[0], "starter"),
    ]
    assert main(["queue", "remove", names[1]]) == 0
    assert "tunesmith queue start" in capsys.readouterr().out
    assert queue.waiting() == [names[0]]
    assert main(["queue", "remove", names[1], "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "queue.not_waiting"
    for arguments in (["move", names[0]], ["move", names[0], "0"], ["remove"], ["add"]):
        assert main(["queue", *arguments]) == 2


def test_a_run_that_is_at_work_is_not_queued() -> None:
    run = RunStore().create(JOB)
    write_own_identity(run.path)
    with pytest.raises(TunesmithError) as caught:
        queue.add_run(run.name)
    assert caught.value.code == "run.active"
    assert queue.waiting() == []
