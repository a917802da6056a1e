from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import TunesmithError
from core.events import Failed, Finished, Started, StateChanged, Step
from core.events.stream import encode
from core.files import write_json
from core.job import DatasetRef, ModelRef, TrainingJob
from core.runs import commands, liveness
from core.runs.info import RunInfo
from core.runs.log import CHUNK_BYTES, FILE
from core.runs.run import Run
from core.runs.store import RunStore
from core.settings import TrainingSettings

JOB = TrainingJob(
    model=ModelRef(source="starter", id="starter"),
    dataset=DatasetRef(source="file", path="/data/pirate.jsonl"),
    settings=TrainingSettings(),
)


def a_step(number: int, loss: float = 1.0) -> Step:
    return Step(
        step=number, epoch=0.5, loss=loss, learning_rate=1e-3, grad_norm=1.0, tokens=7, tokens_per_second=9.0,
        seconds=1.0, left_s=2.0,
    )  # fmt: skip


def started(total: int) -> Started:
    return Started(
        run="r", device="cpu", device_name="CPU", steps_total=total, epochs=1, train_rows=1, validation_rows=0,
        trainable_parameters=1, parameters=2,
    )  # fmt: skip


def log(run: Run, *events: object) -> None:
    with (run.path / FILE).open("ab") as file:
        file.writelines(encode(event) for event in events)  # type: ignore[arg-type]


@pytest.fixture
def run() -> Run:
    return RunStore().create(JOB, RunInfo(name="", predicted_memory_bytes=5))


@pytest.fixture
def stranger() -> subprocess.Popen[bytes]:
    """A living process that is not ours to be mistaken for a worker of an earlier time."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.communicate()


def test_runs_made_in_the_same_second_have_different_names() -> None:
    store = RunStore()
    names = {store.create(JOB).name for _ in range(3)}
    assert len(names) == 3
    assert {summary.name for summary in store.list()} == names


def test_a_new_run_remembers_job_and_promise(run: Run) -> None:
    again = RunStore().get(run.name)
    assert again.job() == JOB
    assert again.info().predicted_memory_bytes == 5
    assert again.info().name == run.name
    assert again.summary().state == "new"
    assert again.summary().dataset == "pirate.jsonl"


def test_a_runs_row_follows_its_log(run: Run) -> None:
    log(run, StateChanged(state="running"), started(10), a_step(1, 3.0), a_step(2, 2.0))
    liveness.write_own_identity(run.path)
    summary = run.summary()
    assert (summary.state, summary.step, summary.steps_total, summary.loss_last) == ("running", 2, 10, 2.0)
    log(
        run,
        Finished(
            run="r", state="finished", steps=10, loss_first=3.0, loss_last=0.5, peak_memory_bytes=7,
            predicted_memory_bytes=5, tokens_per_second=3.0, seconds=4.0,
        ),
    )  # fmt: skip
    assert run.summary().state == "finished"
    assert run.summary().peak_memory_bytes == 7


def test_a_run_whose_worker_is_gone_has_died(run: Run) -> None:
    log(run, StateChanged(state="running"), a_step(1))
    write_json(run.path / liveness.FILE, liveness.WorkerIdentity(pid=2**22 + 1, start_time=1.0))
    assert run.summary().state == "died"


def test_a_pid_that_another_program_got_is_not_the_worker(run: Run, stranger: subprocess.Popen[bytes]) -> None:
    real = liveness.identity_of(stranger.pid)
    assert real.alive()
    reused = liveness.WorkerIdentity(pid=stranger.pid, start_time=real.start_time - 100)
    assert not reused.alive()


def test_a_killed_child_that_nobody_collected_is_not_alive() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    identity = liveness.identity_of(child.pid)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not identity.alive()
    child.communicate()


def test_an_error_stays_with_the_run_until_it_goes_on(run: Run) -> None:
    log(run, Failed(code="data.empty", what="w", why="y", remedy="r"), StateChanged(state="failed"))
    error = run.summary().error
    assert error is not None and error["code"] == "data.empty"
    liveness.write_own_identity(run.path)
    log(run, StateChanged(state="starting"))
    assert run.summary().error is None


@pytest.mark.parametrize("damage", ["no run.json", "no job.json", "torn run.json", "newer run.json"])
def test_a_half_written_run_folder_is_shown_with_its_reason_and_kept(run: Run, damage: str) -> None:
    what, _, name = damage.partition(" ")
    path = run.path / name
    if what == "no":
        path.unlink()
    elif what == "torn":
        path.write_bytes(path.read_bytes()[:10])
    else:
        write_json(path, {"version": 99})
    row = RunStore().list()[0]
    assert row.error is not None
    assert row.error["code"] == ("file.newer_version" if what == "newer" else "run.incomplete")
    assert row.error["remedy"]
    assert run.path.is_dir()


def test_following_a_log_gives_what_reading_it_gives(run: Run) -> None:
    log(run, *(a_step(n) for n in range(1, 3 * CHUNK_BYTES // 170)))
    tail, followed = run.tail(), []
    while events := tail.poll():
        assert len(events) < 2500
        followed += events
    assert followed == run.events()
    log(run, a_step(9999))
    assert tail.poll() == [run.events()[-1]]
    assert tail.poll() == []


def test_a_log_that_was_torn_by_a_crash_is_read_to_its_last_whole_line(run: Run) -> None:
    log(run, a_step(1))
    with (run.path / FILE).open("ab") as file:
        file.write(encode(a_step(2))[:30])
    assert [event.step for event in run.events() if isinstance(event, Step)] == [1]


def test_commands_arrive_once_and_in_order(run: Run) -> None:
    for word in ("pause", "resume", "stop"):
        run.tell(word)  # type: ignore[arg-type]
    assert commands.take(run.path) == ["pause", "resume", "stop"]
    assert commands.take(run.path) == []


def test_a_run_that_does_not_exist_is_named() -> None:
    with pytest.raises(TunesmithError) as caught:
        RunStore().get("nothing")
    assert caught.value.code == "run.not_found"
    for name in ("", ".", ".."):
        with pytest.raises(TunesmithError):
            RunStore().get(name)


def test_a_run_at_work_is_not_deleted_and_an_idle_one_is(run: Run) -> None:
    liveness.write_own_identity(run.path)
    with pytest.raises(TunesmithError) as caught:
        RunStore().delete(run.name)
    assert caught.value.code == "run.active"
    (run.path / liveness.FILE).unlink()
    RunStore().delete(run.name)
    assert not run.path.exists()


def test_a_folder_without_write_permission_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TunesmithError) as caught:
        RunStore(tmp_path / "file" / "runs").create(JOB)
    assert caught.value.code == "paths.not_writable"


def test_a_long_run_at_work_is_running_and_knows_its_steps(run: Run) -> None:
    liveness.write_own_identity(run.path)
    log(run, started(2000), StateChanged(state="running"), *(a_step(number) for number in range(1, 1001)))
    summary = run.summary()
    assert (summary.state, summary.step, summary.steps_total) == ("running", 1000, 2000)


@pytest.mark.parametrize("given", ["{folder}", "../../{name}"])
def test_deleting_a_folder_that_is_no_run_leaves_it_alone(tmp_path: Path, given: str) -> None:
    mine = tmp_path / "mine"
    (mine / "letters").mkdir(parents=True)
    store = RunStore(tmp_path / "data" / "runs")
    store.root.mkdir(parents=True)
    with pytest.raises(TunesmithError) as caught:
        store.delete(given.format(folder=mine, name=mine.name))
    assert caught.value.code == "run.incomplete"
    assert (mine / "letters").is_dir()
