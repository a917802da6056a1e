"""An attached worker that a controller holds ends, whenever it is let go."""

from __future__ import annotations

import threading

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from core.errors import TunesmithError
from core.job import SAMPLE, DatasetRef
from core.models.location import starter_path
from core.requests import InspectRequest
from core.tasks import inspect
from core.worker.attached import AttachedWorker
from desktop.controllers.attached_task import AttachedTask

REQUEST = InspectRequest(
    dataset=DatasetRef(source="sample", path=SAMPLE), model_path=str(starter_path()), max_seq_length=64
)


def start_into(started: list[AttachedWorker], may_return: threading.Event | None = None) -> AttachedWorker:
    worker = inspect.start(REQUEST)
    started.append(worker)
    if may_return is not None:
        may_return.wait()
    return worker


def wait_for_end(qtbot: QtBot, worker: AttachedWorker) -> None:
    qtbot.waitUntil(lambda: worker._process.poll() is not None)


def test_a_worker_that_is_let_go_while_it_starts_ends(qtbot: QtBot) -> None:
    parent = QObject()
    task, started, may_return = AttachedTask("reading", parent), [], threading.Event()
    task.open(lambda: start_into(started, may_return))
    qtbot.waitUntil(lambda: bool(started))
    task.close()
    may_return.set()
    wait_for_end(qtbot, started[0])
    assert task.worker is None and not task.is_open


def test_opening_another_ends_the_one_before(qtbot: QtBot) -> None:
    parent = QObject()
    task, started = AttachedTask("reading", parent), []
    task.open(lambda: start_into(started))
    qtbot.waitUntil(lambda: task.is_open)
    task.open(lambda: start_into(started))
    wait_for_end(qtbot, started[0])
    qtbot.waitUntil(lambda: task.worker is not None and task.is_open)
    assert task.worker is started[1]
    task.close()
    wait_for_end(qtbot, started[1])


def test_a_start_that_fails_is_told_and_one_that_was_let_go_is_not(qtbot: QtBot) -> None:
    parent = QObject()
    task, heard = AttachedTask("reading", parent), []
    task.failed.connect(heard.append)
    may_fail = threading.Event()

    def fail() -> AttachedWorker:
        may_fail.wait()
        raise TunesmithError("test.no", what="No.", why="It was told to.", remedy="Nothing.")

    task.open(fail)
    task.close()
    task.open(fail)
    may_fail.set()
    qtbot.waitUntil(lambda: bool(heard))
    assert [error.code for error in heard] == ["test.no"]
