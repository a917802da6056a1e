"""The verdict on a run that has ended, and the next run made from it by one click."""

from __future__ import annotations

import shutil
from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.events import Judged
from core.events.stream import encode
from core.job import SAMPLE, DatasetRef
from core.models.location import starter_path
from core.models.reading import read_folder, starter_spec
from core.runs.log import FILE
from core.runs.run import Run
from desktop.controllers.data import DataController
from desktop.controllers.fit import FitController
from desktop.controllers.model import ModelController
from desktop.controllers.next_run import NextRunController
from desktop.controllers.training import TrainingController
from desktop.intents import PlanLike
from desktop.pages.train import TrainPage
from tests.desktop.bench import Bench, bench
from tests.desktop.pages.test_train_page import ram, report
from tests.desktop.runs_on_disk import make_run

JUDGED = Judged(
    verdict="still_learning",
    words="Still learning: validation loss was falling to the end.",
    curve="validation",
    points=[(20, 1.5), (60, 0.7)],
    changes={"epochs": 4.5},
    advice="Try next: 4.5 epochs.",
)


def run_with(judged: Judged) -> Run:
    """A finished run whose worker said so before its last word."""
    run = make_run("finished")
    lines = (run.path / FILE).read_bytes().splitlines(keepends=True)
    (run.path / FILE).write_bytes(b"".join([*lines[:-1], encode(judged), lines[-1]]))
    return run


def show(qtbot: QtBot, made: Bench, run: Run) -> TrainPage:
    made.store.update(run=run.name)
    qtbot.waitUntil(lambda: made.state.training is not None and made.state.training.caught_up)
    assert isinstance(made.page, TrainPage)
    return made.page


def test_the_verdict_says_what_to_try_and_one_click_makes_it_the_next_run(qtbot: QtBot) -> None:
    run = run_with(JUDGED)
    with bench(qtbot, TrainPage(), TrainingController, FitController, NextRunController) as made:
        made.store.update(model=starter_spec(), dataset=report([40] * 400), fit_machine=ram())
        qtbot.waitUntil(lambda: made.state.settings is not None)
        page = show(qtbot, made, run)
        line = page.run.ending.verdict
        assert line.words.isVisible() and line.words.text() == JUDGED.words
        assert line.advice.text() == "Try next: 4.5 epochs."
        assert "Epochs 4.5 instead of 3" in line.button.toolTip()
        qtbot.mouseClick(line.button, Qt.MouseButton.LeftButton)
        assert made.asked == [PlanLike(run.name, {"epochs": 4.5})]
        qtbot.waitUntil(lambda: made.state.settings == run.job().settings.changed(epochs=4.5))
        assert made.state.training is None and made.state.plan == "yours" and made.state.can_undo


def test_where_going_on_is_what_comes_next_nothing_is_offered(qtbot: QtBot) -> None:
    fields = {name: getattr(JUDGED, name) for name in JUDGED.__struct_fields__}
    run = run_with(Judged(**fields | {"changes": {}, "advice": "Try next: resume it."}))
    with bench(qtbot, TrainPage(), TrainingController) as made:
        page = show(qtbot, made, run)
        assert page.run.ending.verdict.advice.isVisible() and not page.run.ending.verdict.button.isVisible()


def test_a_run_without_a_verdict_has_no_such_line(qtbot: QtBot) -> None:
    with bench(qtbot, TrainPage(), TrainingController) as made:
        assert not show(qtbot, made, make_run("finished")).run.ending.verdict.isVisible()


def test_a_run_on_other_data_brings_its_data_along(qtbot: QtBot) -> None:
    run = make_run("finished")
    spec = starter_spec()
    with bench(qtbot, TrainPage(), FitController, DataController, NextRunController) as made:
        other = DatasetRef(source="file", path="/nowhere/rows.jsonl")
        made.store.update(model=spec, fit_machine=ram(), dataset_ref=other)
        qtbot.waitUntil(lambda: made.state.settings is not None)
        made.dispatch(PlanLike(run.name, {"lora_rank": 8}))
        qtbot.waitUntil(lambda: made.state.settings == run.job().settings.changed(lora_rank=8))
        assert made.state.dataset_ref == DatasetRef(source="sample", path=SAMPLE)
        assert made.state.model == spec


def test_a_run_of_another_model_brings_its_model_along(qtbot: QtBot, tmp_path: Path) -> None:
    run, other = make_run("finished"), read_folder(Path(shutil.copytree(starter_path(), tmp_path / "other")))
    with bench(qtbot, TrainPage(), FitController, ModelController, NextRunController) as made:
        made.store.update(model=other, fit_machine=ram(), dataset=report([40] * 400))
        qtbot.waitUntil(lambda: made.state.settings is not None)
        made.dispatch(PlanLike(run.name, {"lora_rank": 8}))
        qtbot.waitUntil(lambda: made.state.settings == run.job().settings.changed(lora_rank=8))
        assert made.state.model == starter_spec()


def test_a_run_whose_settings_cannot_be_read_says_why(qtbot: QtBot) -> None:
    run = make_run("finished")
    (run.path / "job.json").write_text("{")
    with bench(qtbot, TrainPage(), FitController, NextRunController) as made:
        made.store.update(model=starter_spec(), fit_machine=ram())
        made.dispatch(PlanLike(run.name, {}))
        qtbot.waitUntil(lambda: "train" in made.state.errors)
