"""The Train page with a run: attached to, steered, ended in every way. Run folders are real; no worker computes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.events import AnyEvent, Failed, Finished, StateChanged
from core.events.stream import encode
from core.runs import commands
from core.runs.log import FILE
from core.runs.run import Run
from desktop.controllers.training import TrainingController
from desktop.intents import NewRun, OpenRun, PauseRun, ResumeRun, StopRun
from desktop.pages.train import TrainPage
from desktop.state import ActiveRun
from desktop.widgets.plots.kinds import LOSS
from tests.desktop.bench import Bench, bench
from tests.desktop.runs_on_disk import loss_at, make_run

LEFT = Qt.MouseButton.LeftButton


def page_of(made: Bench) -> TrainPage:
    assert isinstance(made.page, TrainPage)
    return made.page


def show(qtbot: QtBot, made: Bench, run: Run) -> TrainPage:
    made.store.update(run=run.name)
    qtbot.waitUntil(lambda: made.state.training is not None and made.state.training.caught_up)
    return page_of(made)


def say(run: Run, *events: AnyEvent) -> None:
    with (run.path / FILE).open("ab") as log:
        log.write(b"".join(encode(event) for event in events))


def wait_for_state(qtbot: QtBot, made: Bench, state: str) -> None:
    qtbot.waitUntil(lambda: made.state.training is not None and made.state.training.summary.state == state)


def test_a_window_that_opens_during_a_run_shows_it_with_its_whole_history(qtbot: QtBot) -> None:
    run = make_run("running", steps=30, steps_total=60)
    with bench(qtbot, TrainPage(), TrainingController) as made:
        made.store.update(active=ActiveRun(run.name, "running"))
        qtbot.waitUntil(lambda: made.state.training is not None and made.state.training.caught_up)
        page = page_of(made)
        panels = page.run.plots.panels
        qtbot.waitUntil(lambda: "loss" in panels and len(panels["loss"].points(LOSS)[0]) == 30)
        xs, ys = page.run.plots.panels["loss"].points(LOSS)
        assert xs == list(range(1, 31)) and ys == [loss_at(step) for step in range(1, 31)]
        assert page.run.amounts.text().startswith("Step 30 of 60")
        assert made.state.active is not None and made.state.active.step == 30
        assert page.run.pause.isVisible() and page.run.stop.isVisible() and page.run.new.isVisible()
        assert page.header.primary.isHidden()
        assert not page.settings.rows["lora_rank"].control.editor.isEnabled()


def test_pause_resume_and_stop_reach_the_worker(qtbot: QtBot) -> None:
    run = make_run("running", steps=10)
    with bench(qtbot, TrainPage(), TrainingController) as made:
        page = show(qtbot, made, run)
        qtbot.mouseClick(page.run.pause, LEFT)
        assert made.asked == [PauseRun()] and page.header.sentence.text() == "Pausing after this step."
        qtbot.waitUntil(lambda: commands.take(run.path) == ["pause"])
        say(run, StateChanged(state="paused"))
        wait_for_state(qtbot, made, "paused")
        assert page.header.sentence.text() == "Paused at step 10 of 60. Its memory is free for others until it goes on."
        assert page.header.primary.text() == "Resume" and page.escape(made.state) == StopRun()
        qtbot.mouseClick(page.run.resume, LEFT)
        qtbot.waitUntil(lambda: commands.take(run.path) == ["resume"])
        say(run, StateChanged(state="running"))
        wait_for_state(qtbot, made, "running")
        qtbot.mouseClick(page.run.stop, LEFT)
        assert page.header.sentence.text().startswith("Stopping: ")
        assert page.run.stop.text() == "End now" and page.escape(made.state) is None
        qtbot.waitUntil(lambda: commands.take(run.path) == ["stop"])


def test_a_finished_run_says_so_and_offers_the_chat_and_a_new_run(qtbot: QtBot) -> None:
    run = make_run("finished", steps=60)
    with bench(qtbot, TrainPage(), TrainingController) as made:
        page = show(qtbot, made, run)
        assert page.header.sentence.text().startswith("Done in 1 min 00 s. Loss ")
        assert page.header.primary.text() == "Chat with it"
        assert "640 MiB" in page.run.ending.what.text() and "700 MiB" in page.run.ending.what.text()
        assert page.run.progress.isHidden()
        qtbot.mouseClick(page.run.new, LEFT)
        assert made.asked == [NewRun()]
        assert made.state.run is None and made.state.training is None
        assert page.right.currentWidget() is page.no_model


def test_a_run_that_died_says_so_with_its_last_words_and_offers_to_resume(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.worker.detached.engine_command", lambda *_: [sys.executable, "-c", ""])
    run = make_run("died", steps=45)
    (run.path / "worker.log").write_text("one\ntwo\n")
    with bench(qtbot, TrainPage(), TrainingController) as made:
        page = show(qtbot, made, run)
        wait_for_state(qtbot, made, "died")
        assert page.header.sentence.text().startswith("The training process is gone: ")
        assert page.header.primary.text() == "Resume"
        assert page.run.ending.what.text() == "Resume goes on from the checkpoint of step 40."
        assert page.run.ending.log.isHidden()
        qtbot.mouseClick(page.run.ending.fold.handle, LEFT)
        assert page.run.ending.log.isVisible() and page.run.ending.log.toPlainText() == "one\ntwo"
        assert made.state.active is None
        page.header.primary.click()
        assert made.asked == [ResumeRun(run.name)]


def test_a_run_that_failed_shows_its_error_in_the_banner(qtbot: QtBot) -> None:
    run = make_run("running", steps=10)
    with bench(qtbot, TrainPage(), TrainingController) as made:
        page = show(qtbot, made, run)
        say(
            run,
            Failed(
                code="engine.out_of_memory", what="The card is full.", why="It is.", remedy="Take the leanest plan."
            ),
            StateChanged(state="failed"),
            Finished(
                run=run.name,
                state="failed",
                steps=10,
                loss_first=3.0,
                loss_last=2.0,
                peak_memory_bytes=1,
                predicted_memory_bytes=1,
                tokens_per_second=1.0,
                seconds=1.0,
            ),
        )
        wait_for_state(qtbot, made, "failed")
        assert page.banner.isVisible() and made.state.errors["train"].code == "engine.out_of_memory"
        other = make_run("finished")
        made.store.update(run=other.name)
        qtbot.waitUntil(lambda: made.state.training is not None and made.state.training.name == other.name)
        assert not page.banner.isVisible()


@pytest.mark.parametrize("damage", ["run.json", "job.json"])
def test_a_damaged_run_is_not_opened_and_the_reason_is_shown(qtbot: QtBot, damage: str) -> None:
    run = make_run("finished")
    Path(run.path / damage).write_text("{")
    with bench(qtbot, TrainPage(), TrainingController) as made:
        made.store.update(run=run.name)
        qtbot.waitUntil(lambda: "train" in made.state.errors)
        assert made.state.run is None
        assert page_of(made).banner.isVisible()


def test_a_second_run_is_offered_its_turn_while_one_is_at_work(qtbot: QtBot) -> None:
    run = make_run("running", steps=5)
    with bench(qtbot, TrainPage(), TrainingController) as made:
        show(qtbot, made, run)
        made.store.update(run=None)
        assert page_of(made).header.primary.text() == "Queue"
        assert page_of(made).header.secondary.text() == "Show the run at work"
        page_of(made).header.secondary.click()
        assert made.asked == [OpenRun(run.name)]
