"""The queue as a person meets it: runs follow each other whoever is killed, and what cannot start says so."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from core.cli import main
from core.errors import TunesmithError
from core.job import ModelRef, TrainingJob
from core.models.location import starter_path
from core.runs.liveness import read_identity, write_own_identity
from core.runs.queue import RunQueue
from core.runs.store import RunStore
from core.settings import from_pairs
from core.tasks import queue
from core.tasks.queue_runner import serve
from tests.core.conftest import JOB

PATIENCE_S = 120.0


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
