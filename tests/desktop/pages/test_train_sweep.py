"""Sweeps in the window: the form and its words, the table and the picture, what can be done with what was found."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core import paths
from core.files import write_json
from core.models.reading import starter_spec
from core.runs.info import RunInfo
from core.runs.liveness import write_own_identity
from core.runs.store import RunStore
from core.settings import TrainingSettings
from core.sweeps.store import SweepState, SweepStatus, SweepStore
from core.sweeps.values import Sweep
from core.tasks import sweep as sweeps
from desktop.controllers.fit import FitController
from desktop.controllers.next_run import NextRunController
from desktop.controllers.sweeps import SweepsController
from desktop.intents import ChatWith, DraftSweep, OpenRun, OpenSweep, StartSweep
from desktop.pages.train import TrainPage
from desktop.pages.train_sweep_words import STARTING_S
from desktop.run_view import RunView
from desktop.sweep_draft import SweepDraft, around, first_draft
from desktop.sweep_view import sweep_of
from tests.core.sweeps.logs import said, write_log
from tests.desktop.bench import Bench, bench
from tests.desktop.pages.test_train_page import ram, report
from tests.desktop.runs_on_disk import starter_job

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def made(qtbot: QtBot) -> Iterator[Bench]:
    """The Train page with the starter model and a small data set, recommended."""
    with bench(qtbot, TrainPage(), FitController, SweepsController, NextRunController) as there:
        there.store.update(model=starter_spec(), dataset=report([40] * 400), fit_machine=ram())
        qtbot.waitUntil(lambda: there.state.estimate is not None)
        yield there


def page_of(made: Bench) -> TrainPage:
    assert isinstance(made.page, TrainPage)
    return made.page


def sweep_on_disk(state: SweepState, *, over: bool = False) -> Sweep:
    """Three runs of different ranks; the second wins."""
    sweep = sweeps.create(starter_job(), {"lora_rank": [4, 8, 16]}, minutes=30)
    runs = [one.run for one in sweep.candidates]
    for one in sweep.candidates:
        RunStore().create(sweep.job_of(one.changes), RunInfo(name=one.run))
    write_log(runs[0], said({5: 0.9}, steps=5, total=10, end="stopped"))
    if over:
        write_log(runs[1], said({5: 0.8, 10: 0.5}, steps=10, total=10, end="finished"))
        write_log(runs[2], said({5: 0.7, 10: 0.6}, steps=10, total=10, end="finished"))
        write_log(sweep.twin, said({5: 0.7, 10: 0.54}, steps=10, total=10, end="finished"))
    else:
        write_log(runs[1], said({2: 0.85}, steps=3, total=10, end=None))
    SweepStore().say(sweep.name, SweepStatus(state=state, text="Training rank 8, to 1/2."))
    if state in ("running", "waiting"):
        write_own_identity(SweepStore().folder(sweep.name))
    return sweep


def open_sweep(qtbot: QtBot, made: Bench, sweep: Sweep) -> None:
    made.dispatch(OpenSweep(sweep.name))
    qtbot.waitUntil(lambda: made.state.sweep is not None and made.state.sweep.table is not None)


def test_one_click_offers_six_runs_around_the_present_settings_and_says_what_they_cost(
    qtbot: QtBot, made: Bench
) -> None:
    page = page_of(made)
    assert page.header.secondary.text() == "Sweep…" and page.header.secondary.isVisible()
    qtbot.mouseClick(page.header.secondary, LEFT)
    form = page.sweep.form
    assert form.isVisible()
    assert [combo.currentData() for combo in form.settings] == ["lora_rank", "learning_rate", ""]
    assert form.values[0].text() == around("lora_rank", made.state.settings or TrainingSettings())
    assert form.words.text().startswith("6 runs to 1/4 of their steps, 3 to 1/2, 2 to the end; then the winner once")
    assert "the time of 4.25 whole runs, about " in form.words.text()
    assert page.header.primary.text() == "Start the sweep" and page.header.primary.isEnabled()
    qtbot.mouseClick(page.header.secondary, LEFT)
    assert made.state.sweep is None and page.settings.isVisible(), "Back."


def test_what_is_typed_counts_at_once_and_what_cannot_be_is_said_where_it_stands(qtbot: QtBot, made: Bench) -> None:
    made.dispatch(OpenSweep())
    page, form = page_of(made), page_of(made).sweep.form
    form.values[0].clear()
    qtbot.keyClicks(form.values[0], "8, 16")
    assert form.words.text().startswith("4 runs to 1/2")
    qtbot.keyClicks(form.values[0], ", many")
    assert form.words.text() == "LoRA rank needs whole numbers. Write, for example, 8, 16, 32."
    assert not page.header.primary.isEnabled() and page.header.primary.toolTip() == form.words.text()
    form.values[0].clear()
    qtbot.keyClicks(form.values[0], "2 4 8 16 32")
    assert form.words.text().startswith("This would be 10 runs over 2 settings.")
    form.budget.selectAll()
    qtbot.keyClick(form.budget, Qt.Key.Key_Delete)
    assert form.words.text().startswith("The budget must be a number above 0.")


def test_a_budget_that_is_too_small_for_whole_runs_says_how_much_of_them_it_allows(qtbot: QtBot, made: Bench) -> None:
    made.dispatch(OpenSweep())
    assert made.state.duration is not None and made.state.settings is not None
    work_min, starting_min = 4.25 * made.state.duration.seconds / 60, 12 * STARTING_S / 60
    draft = first_draft(made.state.settings)
    made.dispatch(DraftSweep(SweepDraft(varied=draft.varied, budget=f"{starting_min + work_min / 2:.4f}")))
    assert page_of(made).sweep.form.words.text().endswith("every run will have about 50% of its steps.")
    made.dispatch(DraftSweep(SweepDraft(varied=draft.varied, budget=f"{starting_min + work_min * 2:.4f}")))
    assert page_of(made).sweep.form.words.text().endswith("which your budget allows.")


def test_another_setting_brings_values_around_its_own(qtbot: QtBot, made: Bench) -> None:
    made.dispatch(OpenSweep())
    form = page_of(made).sweep.form
    place = form.settings[2].findData("epochs")
    form.settings[2].setCurrentIndex(place)
    form.settings[2].activated.emit(place)
    assert made.state.settings is not None
    assert form.values[2].text() == around("epochs", made.state.settings)
    assert form.values[2].isEnabled()


def test_while_it_goes_on_the_table_and_the_picture_show_every_run(qtbot: QtBot, made: Bench) -> None:
    sweep = sweep_on_disk("running")
    open_sweep(qtbot, made, sweep)
    page = page_of(made)
    model = page.sweep.table.rows
    cells = [[model.data(model.index(row, column)) for column in range(model.columnCount())] for row in range(3)]
    assert model.headings == ["Run", "At 1/2", "At the end", "Time", "Memory", "Where it stands"]
    assert [row[0] for row in cells] == ["rank 4", "rank 8", "rank 16"]
    assert cells[0][1] == "0.900" and cells[1][-1] == "step 3 of 10" and cells[2][-1] == "waits for its turn"
    assert page.header.sentence.text().startswith("Training rank 8, to 1/2.")
    assert page.sweep.stop.isVisible() and page.sweep.progress.isVisible() and not page.sweep.result.isVisible()
    assert page.sweep.plot.points("rank 4") == ([5], [0.9]) and page.sweep.plot.points("rank 8") == ([2], [0.85])
    assert page.sweep.plot.menu is not None and page.sweep.plot.menu.log.isChecked()
    page.sweep.plot.menu.log.trigger()
    assert not page.sweep.plot.menu.log.isChecked(), "The menu does what it says."
    write_log(sweep.candidates[1].run, said({2: 0.85, 5: 0.8}, steps=5, total=10, end="stopped"))
    qtbot.waitUntil(lambda: model.data(model.index(1, 1)) == "0.800")
    qtbot.mouseClick(page.sweep.stop, LEFT)
    assert page.header.sentence.text().startswith("Stopping") and page.sweep.stop.text() == "End now"
    folder = SweepStore().folder(sweep.name) / "commands"
    qtbot.waitUntil(lambda: folder.is_dir() and any(folder.glob("*-stop")))


def test_at_the_end_it_says_who_won_and_one_click_takes_the_settings(qtbot: QtBot, made: Bench) -> None:
    sweep = sweep_on_disk("finished", over=True)
    open_sweep(qtbot, made, sweep)
    page = page_of(made)
    assert page.sweep.words.text().startswith("Rank 8 won: validation loss 0.500, 0.100 below the next (rank 16).")
    assert page.sweep.result.isVisible() and not page.sweep.progress.isVisible()
    model = page.sweep.table.rows
    assert model.data(model.index(3, 0)) == "rank 8, seed 43"
    assert model.data(model.index(0, 0), Qt.ItemDataRole.ForegroundRole) is not None, "Dropped ones are grey."
    assert model.data(model.index(1, 0), Qt.ItemDataRole.ForegroundRole) is None
    qtbot.mouseClick(page.sweep.chat, LEFT)
    assert made.asked[-1] == ChatWith(sweep.candidates[1].run)
    page.sweep.table.activated.emit(model.index(2, 0))
    assert made.asked[-1] == OpenRun(sweep.candidates[2].run)
    assert page.header.primary.text() == "Use these settings"
    qtbot.mouseClick(page.header.primary, LEFT)
    assert made.state.sweep is None
    qtbot.waitUntil(lambda: made.state.settings is not None and made.state.settings.lora_rank == 8)
    assert made.state.settings is not None
    assert (made.state.settings.validation_rows, made.state.settings.sample_steps) == (0, 0)


def test_a_sweep_whose_leader_was_killed_offers_to_go_on(qtbot: QtBot, made: Bench) -> None:
    sweep = sweep_on_disk("running")
    write_json(SweepStore().folder(sweep.name) / "worker.json", {"pid": os.getpid(), "start_time": 1.0})
    open_sweep(qtbot, made, sweep)
    page = page_of(made)
    assert page.header.sentence.text() == "The process that led it is gone. Resume goes on where it was."
    assert page.header.primary.text() == "Resume" and not page.sweep.stop.isVisible()


def test_a_sweep_is_deleted_with_its_runs_and_can_be_brought_back(qtbot: QtBot, made: Bench) -> None:
    sweep = sweep_on_disk("finished", over=True)
    open_sweep(qtbot, made, sweep)
    page = page_of(made)
    count = len(RunStore().list())
    qtbot.mouseClick(page.sweep.delete, LEFT)
    qtbot.waitUntil(lambda: page.sweep.form.isVisible())
    assert SweepStore().names() == [] and RunStore().list() == []
    assert page.sweep.form.undo.words.text().startswith(f"{sweep.name} and its runs were deleted.")
    qtbot.mouseClick(page.sweep.form.undo.back, LEFT)
    qtbot.waitUntil(lambda: made.state.sweep is not None and made.state.sweep.table is not None)
    assert made.state.sweeps == (sweep.name,)
    assert len(RunStore().list()) == count and not made.state.deleted_sweeps


def test_a_sweep_at_work_says_that_it_must_be_stopped_before_it_is_deleted(qtbot: QtBot, made: Bench) -> None:
    sweep = sweep_on_disk("running")
    open_sweep(qtbot, made, sweep)
    delete = page_of(made).sweep.delete
    assert delete.isVisible() and not delete.isEnabled() and delete.toolTip() == "Stop it first"


def test_the_window_opens_with_the_sweep_that_is_at_work(qtbot: QtBot) -> None:
    sweep = sweep_on_disk("running")
    with bench(qtbot, TrainPage(), SweepsController) as there:
        qtbot.waitUntil(lambda: there.state.sweep is not None and there.state.sweep.table is not None)
        assert there.state.sweep is not None and there.state.sweep.name == sweep.name
        assert there.state.sweeps == (sweep.name,)


def test_from_one_of_its_runs_a_sweep_is_one_click_away(qtbot: QtBot, made: Bench) -> None:
    sweep = sweep_on_disk("finished", over=True)
    run = RunStore().get(sweep.candidates[0].run).summary()
    made.store.update(sweeps=(sweep.name,), training=RunView(summary=run, caught_up=True), run=run.name)
    page = page_of(made)
    assert page.header.secondary.text() == "Show the sweep"
    qtbot.mouseClick(page.header.secondary, LEFT)
    qtbot.waitUntil(lambda: made.state.sweep is not None and made.state.sweep.table is not None)
    assert made.state.run is None and page.sweep.table.isVisible()
    assert sweep_of("2026-11-25-1-starter", (sweep.name,)) == ""


def test_a_run_that_is_opened_takes_the_sweeps_place(qtbot: QtBot, made: Bench) -> None:
    made.dispatch(OpenSweep())
    made.store.update(run="some-run")
    assert made.state.sweep is None


def test_a_sweep_that_cannot_start_says_why_and_keeps_the_form(qtbot: QtBot, made: Bench) -> None:
    made.dispatch(OpenSweep())
    paths.data_dir().mkdir(parents=True)
    paths.sweeps_dir().write_text("in the way")
    made.dispatch(StartSweep())
    qtbot.waitUntil(lambda: "train" in made.state.errors)
    assert made.state.sweep is not None and made.state.sweep.is_form and not made.state.sweep.asked
    assert page_of(made).sweep.form.values[0].isEnabled()
