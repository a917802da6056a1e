"""A run that is set up while another is at work waits for its turn."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from core.job import DatasetRef, ModelRef, TrainingJob
from core.models.reading import starter_spec
from core.settings import TrainingSettings
from core.tasks import queue
from desktop.controllers.queue import QueueController
from desktop.controllers.runs import RunsController
from desktop.intents import LeaveQueue, MoveInQueue, QueueTraining
from desktop.pages.runs import RunsPage
from desktop.pages.train import TrainPage
from desktop.state import ActiveRun
from desktop.widgets.queue_list import QueueList
from tests.desktop.bench import bench


def starter_job() -> TrainingJob:
    model, data = ModelRef(source="starter", id="starter"), DatasetRef(source="sample", path="sample")
    return TrainingJob(model=model, dataset=data, settings=TrainingSettings())


def test_runs_are_queued_moved_and_taken_out_again(qtbot: QtBot) -> None:
    queue.hold()  # nothing is to be trained here
    with bench(qtbot, TrainPage(), QueueController) as there:
        there.store.update(model=starter_spec(), settings=TrainingSettings(), active=ActiveRun("busy", "running"))
        for count in (1, 2):
            there.page.send(QueueTraining())
            qtbot.waitUntil(lambda count=count: len(there.state.queue) == count)
        first, second = there.state.queue
        assert there.state.selected_run == second
        assert there.state.step == "runs"
        there.page.send(MoveInQueue(second, 0))
        qtbot.waitUntil(lambda: there.state.queue == (second, first))
        there.page.send(LeaveQueue(second))
        qtbot.waitUntil(lambda: there.state.queue == (first,))
    assert queue.waiting() == [first]


def test_the_runs_page_lists_those_that_wait(qtbot: QtBot) -> None:
    queue.hold()
    made = [queue.add(starter_job()).name for _ in range(2)]
    with bench(qtbot, RunsPage(), RunsController, QueueController) as there:
        page = there.page
        assert isinstance(page, RunsPage)
        qtbot.waitUntil(lambda: there.state.queue == tuple(made) and bool(there.state.runs))
        assert page.queue.isVisible()
        assert page.queue.title.text() == "Waiting, held back"
        later = next(b for b in page.queue.findChildren(QPushButton) if b.accessibleName().endswith(" later"))
        later.click()
        qtbot.waitUntil(lambda: there.state.queue == (made[1], made[0]))


def test_the_list_says_that_a_sweep_goes_first(qtbot: QtBot) -> None:
    shown = QueueList()
    qtbot.addWidget(shown)
    shown.show_queue(["one"], False, "big-sweep", [])
    assert (shown.title.text(), shown.title.toolTip()) == ("Waiting until the sweep ends", "big-sweep")
    shown.show_queue(["one"], False, None, [])
    assert shown.title.text() == "Waiting"
