"""Runs side by side: what is picked is drawn together, what differs is in the table; labels are kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QItemSelectionModel
from pytestqt.qtbot import QtBot

from core.fit.values import Prediction
from core.job import save_job
from core.runs.run import Run
from core.runs.store import RunStore
from core.runs.summary import RunSummary
from desktop.controllers.plots import PlotsController
from desktop.controllers.runs import RunsController
from desktop.intents import PlanLike, RunAgain
from desktop.pages.runs import RunsPage
from desktop.widgets.compare_panel import short_names
from tests.desktop.bench import Bench, bench
from tests.desktop.runs_on_disk import MIB, loss_at, make_run

ADD = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows


@pytest.fixture
def runs() -> tuple[Run, Run]:
    predictions = [Prediction(depth="instant", total_bytes=700 * MIB, tokens_per_second=880.0)]
    older = make_run(steps=60, created=1e9, predictions=predictions)
    newer = make_run(steps=40, steps_total=60, created=2e9, state="stopped")
    job = newer.job()
    changed = type(job)(model=job.model, dataset=job.dataset, settings=job.settings.changed(lora_rank=64))
    save_job(changed, newer.path / "job.json")
    return older, newer


@pytest.fixture
def made(qtbot: QtBot, runs: tuple[Run, Run]) -> Iterator[Bench]:
    with bench(qtbot, RunsPage(), RunsController, PlotsController) as opened:
        qtbot.waitUntil(lambda: page_of(opened).table.rows.rowCount() == 2)
        yield opened


def page_of(made: Bench) -> RunsPage:
    assert isinstance(made.page, RunsPage)
    return made.page


def pick_both(qtbot: QtBot, made: Bench) -> None:
    page = page_of(made)
    page.table.selectRow(0)
    page.table.selectionModel().select(page.table.rows.index(1, 0), ADD)
    qtbot.waitUntil(lambda: len(made.state.compared) == 2)


def test_what_is_picked_is_drawn_together_with_what_differs(qtbot: QtBot, made: Bench) -> None:
    pick_both(qtbot, made)
    panel = page_of(made).compared
    assert page_of(made).right.currentWidget().isAncestorOf(panel)
    points = panel.plots["Loss"].columns()
    assert [len(xs) for xs, _ in points.values()] == [40, 60]
    looks = {(curve.role, curve.dash) for curve in panel.plots["Loss"]._curves.values()}
    assert len(looks) == 2
    rows = {row[0]: row[1:] for row in panel.cells()}
    assert rows["LoRA rank"] == ["64", "16"] and rows["Steps"] == ["40", "60"]
    assert rows["Final loss"] == [f"{loss_at(40):.3f}", f"{loss_at(60):.3f}"]
    assert rows["Predicted tokens/s"] == ["–", "880"]
    assert rows["Measured tokens/s"] == ["905", "905"]
    assert "Learning rate" not in rows


def test_runs_are_compared_along_tokens_and_by_other_numbers(qtbot: QtBot, made: Bench) -> None:
    pick_both(qtbot, made)
    panel = page_of(made).compared
    panel.along.setCurrentIndex(panel.along.findText("Tokens"))
    panel.along.activated.emit(panel.along.currentIndex())
    ends = [xs[-1] for xs, _ in panel.plots["Loss"].columns().values()]
    assert made.state.plots.along == "tokens" and ends == [900 * sum(range(41)), 900 * sum(range(61))]
    panel.measure.setCurrentText("Validation loss")
    panel.measure.activated.emit(panel.measure.currentIndex())
    assert panel.plots["Validation loss"].isVisible() and not panel.plots["Loss"].isVisible()
    assert [len(xs) for xs, _ in panel.plots["Validation loss"].columns().values()] == [2, 3]


def test_the_page_does_not_scroll_for_plots_that_are_not_shown(made: Bench) -> None:
    page = page_of(made)
    assert page.compared.minimumSizeHint().height() < 500
    assert page.right.minimumSizeHint().height() < page.height()


def test_runs_are_told_apart_by_short_names() -> None:
    def named(name: str, title: str = "") -> RunSummary:
        return RunSummary(name=name, path="", state="finished", model="m", dataset="d", title=title)

    one, other, third = (named(f"2026-11-25-01{minute}09-starter") for minute in (37, 44, 44))
    assert short_names([one, named("2026-11-25-014409-llama"), named("x", "Best")]) == ["starter", "llama", "Best"]
    assert short_names([one, other]) == ["01:37:09 starter", "01:44:09 starter"]
    assert short_names([other, third]) == [other.name, third.name]


def test_one_run_alone_is_drawn_alone_again(qtbot: QtBot, made: Bench) -> None:
    pick_both(qtbot, made)
    page_of(made).table.selectRow(1)
    assert page_of(made).right.currentWidget() is page_of(made).card and made.state.picked_runs == ()


def test_name_tags_and_notes_are_kept(qtbot: QtBot, made: Bench, runs: tuple[Run, Run]) -> None:
    page = page_of(made)
    page.table.selectRow(0)
    labels = page.card.labels
    labels.title.setText("Pirate, rank 64")
    labels.title.editingFinished.emit()
    labels.tags.setText("pirate, bold")
    labels.tags.editingFinished.emit()
    labels.notes.setPlainText("Too fast.")
    labels._keep_notes()
    qtbot.waitUntil(lambda: runs[1].info().notes == "Too fast." and runs[1].info().tags == ["pirate", "bold"])
    qtbot.waitUntil(lambda: page.card.name.text() == "Pirate, rank 64")
    qtbot.waitUntil(lambda: page.table.rows.index(0, 1).data() == "Pirate, rank 64 · pirate, bold")
    assert RunStore().get("Pirate, rank 64").path == runs[1].path


def test_a_name_that_another_run_has_is_refused_with_the_reason(
    qtbot: QtBot, made: Bench, runs: tuple[Run, Run]
) -> None:
    labels = page_of(made).card.labels
    labels.title.setText(runs[0].name)
    labels.title.editingFinished.emit()
    qtbot.waitUntil(lambda: "runs" in made.state.errors)
    assert made.state.errors["runs"].code == "run.title_taken" and page_of(made).banner.isVisible()


def test_a_run_can_be_duplicated_and_what_has_changed_is_said_before_it_is_done_again(
    qtbot: QtBot, made: Bench, runs: tuple[Run, Run]
) -> None:
    card = page_of(made).card
    card.duplicate.trigger()
    assert made.asked[-1] == PlanLike(runs[1].name, {})
    path = runs[1].path / "run.json"
    path.write_text(path.read_text().replace('"made_with": {}', '"made_with": {"torch": "1.0"}'))
    card.again.trigger()
    assert made.asked[-1] == RunAgain(runs[1].name)
    qtbot.waitUntil(lambda: "runs" in made.state.errors)
    assert "torch was 1.0" in made.state.errors["runs"].why
    assert len(RunStore().list()) == 2
