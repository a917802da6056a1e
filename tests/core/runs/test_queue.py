"""The list of runs that wait: its order, and what takes a run out of it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from core.errors import TunesmithError
from core.files import write_json
from core.runs import liveness
from core.runs.queue import FILE, RunQueue
from core.runs.run import Run
from core.runs.store import RunStore
from tests.core.conftest import JOB


@pytest.fixture
def runs() -> list[Run]:
    return [RunStore().create(JOB) for _ in range(3)]


@pytest.fixture
def queue(runs: list[Run]) -> RunQueue:
    made = RunQueue()
    for run in runs:
        made.add(run.name)
    return made


def test_runs_wait_in_the_order_in_which_they_came_until_they_are_moved_or_taken_out(
    queue: RunQueue, runs: list[Run]
) -> None:
    first, second, third = (run.name for run in runs)
    queue.add(first)  # once more: it keeps its place
    assert RunQueue().waiting() == [first, second, third]
    assert queue.move(third, 0) and queue.waiting() == [third, first, second]
    assert queue.move(third, 99) and queue.waiting() == [first, second, third]
    assert queue.remove(second) and queue.waiting() == [first, third]
    assert not queue.remove(second) and not queue.move(second, 0)


def test_a_run_that_is_deleted_or_that_a_worker_took_waits_no_more(queue: RunQueue, runs: list[Run]) -> None:
    RunStore().delete(runs[0].name)
    worker = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    write_json(runs[1].path / liveness.FILE, liveness.identity_of(worker.pid))
    assert queue.busy() == runs[1].name
    worker.communicate()
    assert queue.busy() is None
    assert queue.waiting() == [runs[2].name]
    queue.add(runs[1].name)  # to be gone on with
    assert queue.waiting() == [runs[2].name, runs[1].name]


def test_nothing_is_next_while_a_run_is_at_work_or_the_queue_is_held(queue: RunQueue, runs: list[Run]) -> None:
    run, busy = queue.next()
    assert run is not None and (run.name, busy) == (runs[0].name, None)
    queue.hold(True)
    assert RunQueue().held and queue.next() == (None, None)
    queue.hold(False)
    liveness.write_own_identity(runs[2].path)
    assert queue.next() == (None, runs[2].name)


def test_a_run_is_announced_only_as_long_as_the_queues_process_is_there(queue: RunQueue, runs: list[Run]) -> None:
    runner = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    write_json(queue.folder / liveness.FILE, liveness.identity_of(runner.pid))
    queue.announce(runs[0].name)
    assert RunQueue().starting() == runs[0].name
    assert queue.waiting()[0] == runs[0].name, "It still waits."
    runner.communicate()
    assert RunQueue().starting() is None
    queue.announce("")
    assert RunQueue().starting() is None


def test_what_a_killed_process_of_the_queue_had_announced_keeps_nobody_waiting(
    queue: RunQueue, runs: list[Run]
) -> None:
    queue.announce(runs[0].name)
    assert queue.take_office()
    assert queue.starting() is None and len(queue.waiting()) == len(runs)


def test_where_nothing_waits_no_process_is_started() -> None:
    assert not RunQueue().wake()
    queue = RunQueue()
    queue.hold(True)
    assert not queue.wake()


def test_a_damaged_list_is_refused_with_its_place(queue: RunQueue) -> None:
    (queue.folder / FILE).write_text('{"version": 1, "runs": 5}')
    with pytest.raises(TunesmithError) as caught:
        queue.waiting()
    assert caught.value.code == "queue.broken" and caught.value.where.endswith(FILE)
