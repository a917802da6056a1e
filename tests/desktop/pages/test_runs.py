"""The Runs page: a row for every run folder, the selected one drawn, deletion that can be undone."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from core.events import Leaner, SettingChange, Step
from core.events.stream import encode
from core.fit.values import Prediction
from core.runs.info import write_info
from core.runs.leaner import add_leaner
from core.runs.run import Run
from core.runs.store import RunStore
from core.runs.summary import RunSummary
from desktop.controllers.runs import RunsController
from desktop.dispatch import Dispatcher
from desktop.intents import ChatWith, Intent
from desktop.pages.runs import RunsPage
from desktop.run_details import RunDetails, read_details
from desktop.state import AppState, Store
from tests.desktop.runs_on_disk import MIB, make_run


class Desk:
    """The page with its controller on a store."""

    def __init__(self, page: RunsPage) -> None:
        self.page = page
        self.store = Store(AppState(step="runs"))
        self.dispatcher = Dispatcher(self.store)
        self.asked: list[Intent] = []
        self.store.changed.connect(lambda state, before: page.show_state(state))
        page.intent.connect(self._ask)
        page.show_state(self.store.state)

    def _ask(self, intent: Intent) -> None:
        self.asked.append(intent)
        if type(intent) in self.dispatcher._handlers:
            self.dispatcher.dispatch(intent)


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    page = RunsPage()
    qtbot.addWidget(page)
    page.resize(880, 640)
    page.show()
    made = Desk(page)
    yield made
    made.dispatcher.stop()
    made.dispatcher.deleteLater()


def start(desk: Desk, qtbot: QtBot, count: int) -> None:
    desk.dispatcher.start([RunsController])
    qtbot.waitUntil(lambda: desk.page.table.rows.rowCount() == count)


def press(button: QPushButton) -> None:
    assert button.isVisible()
    assert button.isEnabled()
    button.click()


def cell(page: RunsPage, row: int, column: int) -> str:
    return str(page.table.rows.index(row, column).data())


def three_runs() -> tuple[Run, Run, Run]:
    return (
        make_run("finished", created=1e9),
        make_run("died", steps=21, created=2e9),
        make_run("running", steps=30, created=3e9),
    )


def test_with_no_runs_it_says_what_to_do(desk: Desk, qtbot: QtBot) -> None:
    assert desk.page.empty.isVisible()
    assert desk.page.header.sentence.text() == "Nothing has been trained yet."
    assert desk.page.header.primary.text() == "Go to Train"


def test_every_run_has_a_row_with_its_state_as_a_word(desk: Desk, qtbot: QtBot) -> None:
    three_runs()
    start(desk, qtbot, 3)
    assert [cell(desk.page, row, 0) for row in range(3)] == ["Running", "Died", "Finished"]
    assert [cell(desk.page, row, 3) for row in range(3)] == ["30 / 60", "21 / 60", "60"]
    assert desk.store.state.active is not None
    assert desk.store.state.active.share == 0.5


def test_the_selected_run_is_drawn_with_the_numbers_of_its_log(desk: Desk, qtbot: QtBot) -> None:
    finished, _, _ = three_runs()
    start(desk, qtbot, 3)
    desk.page.table.selectRow(2)
    qtbot.waitUntil(lambda: len(desk.page.card.plot.points("training")[0]) == 60)
    logged = [event.loss for event in finished.events() if isinstance(event, Step)]
    assert desk.page.card.plot.points("training")[1] == logged
    assert len(desk.page.card.plot.points("validation")[0]) == 3
    assert ("Memory", "700 MiB predicted, 640 MiB measured") in desk.page.card.facts.rows()
    assert ("LoRA rank", "16") in desk.page.card.settings.rows()


def test_what_a_run_changed_by_itself_and_what_its_repetition_begins_with_is_said(desk: Desk, qtbot: QtBot) -> None:
    change = SettingChange(setting="per_device_batch_size", before=4, after=2)
    first, again = make_run("finished", created=1e9), make_run("finished", created=2e9)
    add_leaner(first.path, Leaner(step=0, changes=[change], saves_bytes=1, text=""))
    write_info(again.path, msgspec.structs.replace(again.info(), repeats=first.name, begins_with=[change]))
    start(desk, qtbot, 2)
    facts = desk.page.card.facts
    desk.page.table.selectRow(1)
    qtbot.waitUntil(lambda: ("Changed by itself", "batch size 4 → 2") in facts.rows())
    desk.page.table.selectRow(0)
    words = f"{first.name}, from the first step with what it had gone on with: batch size 4 → 2"
    qtbot.waitUntil(lambda: ("Repeats", words) in facts.rows())


def test_what_a_run_can_do_follows_from_its_state(desk: Desk, qtbot: QtBot) -> None:
    three_runs()
    start(desk, qtbot, 3)
    card = desk.page.card
    assert not card.chat.isEnabled()
    assert not card.delete.isEnabled()
    assert card.resume.isHidden()
    desk.page.table.selectRow(1)
    assert card.resume.isVisible()
    assert card.delete.isEnabled()
    desk.page.table.selectRow(2)
    assert card.chat.isEnabled()
    press(card.chat)
    assert isinstance(desk.asked[-1], ChatWith)


def test_a_deleted_run_can_be_brought_back(desk: Desk, qtbot: QtBot) -> None:
    run = make_run("finished")
    start(desk, qtbot, 1)
    press(desk.page.card.delete)
    qtbot.waitUntil(lambda: desk.page.table.rows.rowCount() == 0)
    assert RunStore().list() == []
    assert desk.page.undo.isVisible()
    press(desk.page.undo.back)
    qtbot.waitUntil(lambda: desk.page.table.rows.rowCount() == 1)
    assert [row.name for row in RunStore().list()] == [run.name]
    assert desk.page.undo.isHidden()


def test_a_deleted_run_is_gone_when_the_window_closes(desk: Desk, qtbot: QtBot) -> None:
    run = make_run("finished")
    start(desk, qtbot, 1)
    press(desk.page.card.delete)
    trash = run.path.parent / ".trash"
    qtbot.waitUntil(lambda: desk.store.state.deleted_runs == (run.name,))
    assert trash.is_dir()
    desk.dispatcher.stop()
    qtbot.waitUntil(lambda: not trash.exists())


def test_a_run_whose_folder_is_damaged_is_shown_with_the_reason(desk: Desk, qtbot: QtBot) -> None:
    run = make_run("finished")
    (run.path / "run.json").write_text("{")
    start(desk, qtbot, 1)
    assert cell(desk.page, 0, 0) == "Failed"
    qtbot.waitUntil(lambda: desk.page.card.problem.isVisible())
    assert "not whole" in desk.page.card.problem.text()


def test_a_run_that_grows_keeps_its_selection(desk: Desk, qtbot: QtBot) -> None:
    three_runs()
    start(desk, qtbot, 3)
    desk.page.table.selectRow(1)
    make_run("running", steps=1, created=4e9)
    qtbot.waitUntil(lambda: desk.page.table.rows.rowCount() == 4)
    assert desk.page.table.currentIndex().row() == 2


def test_each_depths_prediction_stands_beside_what_was_measured(desk: Desk, qtbot: QtBot) -> None:
    predictions = [
        Prediction(depth="rehearsed", total_bytes=650 * MIB, tokens_per_second=1000.0),
        Prediction(depth="instant", total_bytes=720 * MIB, tokens_per_second=724.0),
    ]
    make_run("finished", predictions=predictions)
    start(desk, qtbot, 1)
    promises = desk.page.card.promises
    qtbot.waitUntil(lambda: len(promises.lines()) == 4)
    assert promises.lines()[1:] == [
        ["Instant", "720 MiB", "+12 %", "724", "−20 %"],
        ["Rehearsed", "650 MiB", "+1.6 %", "1,000", "+10 %"],
        ["The run", "640 MiB", "", "905", ""],
    ]
    qtbot.waitUntil(lambda: bool(desk.page.worth.text()))
    assert "Rehearsed, 1 run: memory off by 1.6 %" in desk.page.worth.text()
    assert "never too low" in desk.page.worth.text()
    scroll = desk.page.card._scroll
    assert scroll.widget().minimumSizeHint().width() <= scroll.viewport().width(), "it scrolls sideways"


def test_a_run_without_a_prediction_says_that_there_is_nothing_to_compare(desk: Desk, qtbot: QtBot) -> None:
    make_run("finished")
    start(desk, qtbot, 1)
    qtbot.waitUntil(lambda: desk.store.state.run_details is not None)
    assert desk.page.card.promises.nothing.isVisibleTo(desk.page) and not desk.page.worth.text()


def test_a_run_at_work_is_read_for_the_page_only_while_the_page_is_in_front(
    desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run("running", steps=3)
    read: list[int] = []

    def counted(row: RunSummary) -> RunDetails:
        read.append(row.step)
        return read_details(row)

    monkeypatch.setattr("desktop.controllers.runs.read_details", counted)
    desk.store.update(step="train")
    start(desk, qtbot, 1)
    before = desk.store.state.runs
    with (run.path / "events.jsonl").open("ab") as log:
        log.write(
            encode(
                Step(
                    step=4, epoch=0.2, loss=2.0, learning_rate=2e-4, grad_norm=1.0, tokens=3600,
                    tokens_per_second=900.0, seconds=4.0, left_s=56.0, time=1.8e9,
                )
            )
        )  # fmt: skip
    qtbot.waitUntil(lambda: desk.store.state.runs != before)
    qtbot.wait(50)
    assert not read

    desk.store.update(step="runs")
    qtbot.waitUntil(lambda: desk.store.state.run_details is not None)
    assert read == [4]
