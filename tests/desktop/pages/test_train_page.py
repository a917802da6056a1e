"""The Train page before a run: plans, settings, undo, the fit bar that moves, fixes by one click."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QSpinBox
from pytestqt.qtbot import QtBot

from core.data.report import DatasetReport
from core.fit.cards import known_card
from core.fit.machine import plan_for_card
from core.fit.values import FitMachine
from core.models import catalogue
from core.models.reading import starter_spec
from core.settings import SETTINGS
from desktop.controllers.fit import FitController
from desktop.intents import GoTo, StartTraining
from desktop.pages.train import TrainPage
from tests.desktop.bench import Bench, bench

LEFT = Qt.MouseButton.LeftButton
GIB = 2**30


def ram(total_gib: float = 16.0) -> FitMachine:
    total = int(total_gib * GIB)
    return FitMachine(
        gpu="",
        memory_total_bytes=total,
        memory_usable_bytes=int(0.7 * total),
        held_bytes=int(0.2 * total),
        simulated=False,
        is_gpu=False,
        cpu_cores=2,
    )


def report(lengths: list[int]) -> DatasetReport:
    return DatasetReport(
        path="rows.jsonl",
        format="messages",
        format_reason="",
        rows=len(lengths),
        problem_count=0,
        problems=[],
        max_seq_length=2048,
        lengths=lengths,
        truncated_rows=0,
        empty_rows=0,
        trained_tokens=sum(lengths),
        mask_method="template",
        preview=[],
    )


@pytest.fixture
def made(qtbot: QtBot) -> Iterator[Bench]:
    """The page with the starter model and a small data set, recommended."""
    with bench(qtbot, TrainPage(), FitController) as there:
        there.store.update(model=starter_spec(), dataset=report([40] * 400), fit_machine=ram())
        qtbot.waitUntil(lambda: there.state.estimate is not None)
        yield there


def page_of(made: Bench) -> TrainPage:
    assert isinstance(made.page, TrainPage)
    return made.page


def spin(made: Bench, key: str) -> QSpinBox:
    editor = page_of(made).settings.rows[key].control.editor
    assert isinstance(editor, QSpinBox)
    return editor


def enter(qtbot: QtBot, made: Bench, key: str, text: str) -> None:
    """Type into a control, as a person does."""
    editor = page_of(made).settings.rows[key].control.editor
    assert isinstance(editor, QSpinBox | QLineEdit)
    editor.setFocus()
    editor.selectAll()
    qtbot.keyClicks(editor, text)
    qtbot.keyClick(editor, Qt.Key.Key_Return)


def test_the_recommended_plan_is_chosen_and_train_is_one_click_away(qtbot: QtBot, made: Bench) -> None:
    page = page_of(made)
    assert page.settings.plans.buttons["best_quality"].isChecked()
    assert not page.settings.plans.buttons["yours"].isVisible()
    assert page.forecast.verdict.text().startswith("Fits, ")
    assert made.state.recommendation is not None
    assert made.state.settings == made.state.recommendation.plans[0].settings
    assert dict(page.forecast.costs.facts.rows())["Data"] == "The sample that ships, 400 rows"
    qtbot.mouseClick(page.header.primary, LEFT)
    assert made.asked == [StartTraining()]


def test_every_setting_has_a_control_that_shows_it(made: Bench) -> None:
    rows = page_of(made).settings.rows
    assert set(rows) == set(SETTINGS)
    assert all(row.control.value() == getattr(made.state.settings, key) for key, row in rows.items())
    assert all(row.control.toolTip() for row in rows.values())


def test_the_bar_moves_with_a_control_and_what_is_free_is_what_the_verdict_says(qtbot: QtBot, made: Bench) -> None:
    page = page_of(made)
    before = page.forecast.bar.values
    assert before is not None and made.state.estimate is not None and made.state.fit_machine is not None
    spare = made.state.fit_machine.memory_usable_bytes - made.state.estimate.total_bytes
    assert before.free_bytes == spare
    enter(qtbot, made, "lora_rank", "512")
    after = page.forecast.bar.values
    assert after is not None and after.terms["adapter"] > 20 * before.terms["adapter"]
    assert made.state.plan == "yours" and page.settings.plans.buttons["yours"].isChecked()


def test_changes_are_taken_back_and_made_again(qtbot: QtBot, made: Bench) -> None:
    page = page_of(made)
    recommended = made.state.settings
    assert not page.settings.undo.isEnabled() and not page.settings.reset.isEnabled()
    enter(qtbot, made, "lora_rank", "64")
    enter(qtbot, made, "learning_rate", "0.001")
    changed = made.state.settings
    qtbot.mouseClick(page.settings.undo, LEFT)
    assert made.state.settings is not None and made.state.settings.lora_rank == 64
    assert spin(made, "lora_rank").value() == 64
    qtbot.mouseClick(page.settings.undo, LEFT)
    assert made.state.settings == recommended and made.state.plan == "best_quality"
    assert not page.settings.undo.isEnabled()
    qtbot.mouseClick(page.settings.redo, LEFT)
    qtbot.mouseClick(page.settings.redo, LEFT)
    assert made.state.settings == changed and not page.settings.redo.isEnabled()
    qtbot.mouseClick(page.settings.reset, LEFT)
    assert made.state.settings == recommended
    qtbot.mouseClick(page.settings.undo, LEFT)
    assert made.state.settings == changed


def test_a_value_that_cannot_be_is_explained_at_its_control_and_nothing_is_lost(qtbot: QtBot, made: Bench) -> None:
    page = page_of(made)
    row = page.settings.rows["learning_rate"]
    good = made.state.settings
    enter(qtbot, made, "learning_rate", "7")
    assert made.state.settings == good
    assert row.error.isVisible() and row.error.text() == "Use a number above 0, up to 1."
    assert isinstance(row.control.editor, QLineEdit) and row.control.editor.text() == "7"
    assert not page.header.primary.isEnabled()
    enter(qtbot, made, "learning_rate", "0.003")
    assert not row.error.isVisible() and page.header.primary.isEnabled()
    assert made.state.settings is not None and made.state.settings.learning_rate == 0.003


def test_a_choice_and_a_tick_change_what_they_say(qtbot: QtBot, made: Bench) -> None:
    page = page_of(made)
    combo = page.settings.rows["quantization"].control.editor
    assert isinstance(combo, QComboBox)
    combo.setFocus()
    qtbot.keyClick(combo, Qt.Key.Key_Home)
    combo.activated.emit(combo.currentIndex())
    assert made.state.settings is not None and made.state.settings.quantization == combo.itemData(0)
    qtbot.mouseClick(page.settings.more.handle, LEFT)
    tick = page.settings.rows["gradient_checkpointing"].control.editor
    assert isinstance(tick, QCheckBox) and tick.isVisible()
    before = tick.isChecked()
    tick.click()
    assert made.state.settings.gradient_checkpointing is not before


def test_what_does_not_fit_is_made_to_fit_by_clicks(qtbot: QtBot) -> None:
    card = plan_for_card(known_card("RTX 3090"))
    with bench(qtbot, TrainPage(), FitController) as made:
        made.store.update(model=catalogue.spec_of(large_model()), dataset=report([1000] * 500), fit_machine=card)
        qtbot.waitUntil(lambda: made.state.estimate is not None)
        page = page_of(made)
        enter(qtbot, made, "per_device_batch_size", "64")
        assert made.state.verdict == "does_not_fit"
        assert page.forecast.verdict.text().startswith("Does not fit: ")
        values = page.forecast.bar.values
        assert values is not None and values.free_bytes < 0
        clicks, offered = 0, ()
        while made.state.verdict == "does_not_fit":
            qtbot.waitUntil(lambda known=offered: made.state.alternatives not in ((), known))
            offered = made.state.alternatives
            fix = page.forecast.fixes.buttons[0]
            qtbot.waitUntil(lambda fix=fix: fix.isVisible() and fix.width() > 40)
            settings, missing = made.state.settings, made.state.estimate
            assert missing is not None
            qtbot.mouseClick(fix, LEFT)
            assert made.state.settings != settings
            assert made.state.estimate is not None and made.state.estimate.total_bytes < missing.total_bytes
            clicks += 1
            assert clicks < 20
        assert page.forecast.fixes.isHidden()
        qtbot.mouseClick(page.settings.undo, LEFT)
        assert made.state.verdict == "does_not_fit"


def large_model() -> str:
    """The largest model of the catalogue that a 24 GiB card trains with room to spare."""
    return max((e for e in catalogue.models() if e.parameters < 9e9), key=lambda e: e.parameters).name


def test_another_model_forgets_what_was_set_for_the_one_before(qtbot: QtBot, made: Bench) -> None:
    enter(qtbot, made, "lora_rank", "64")
    made.store.update(model=None)
    assert made.state.settings is None and made.state.estimate is None
    made.store.update(model=starter_spec())
    qtbot.waitUntil(lambda: made.state.estimate is not None)
    assert made.state.plan == "best_quality" and not made.state.can_undo


def test_other_data_keeps_the_persons_own_settings(qtbot: QtBot, made: Bench) -> None:
    enter(qtbot, made, "lora_rank", "64")
    mine, before = made.state.settings, made.state.recommendation
    made.store.update(dataset=report([900] * 50))
    qtbot.waitUntil(lambda: made.state.recommendation is not before)
    assert made.state.settings == mine and made.state.plan == "yours"


def test_nothing_chosen_says_what_to_do_and_offers_it(qtbot: QtBot) -> None:
    with bench(qtbot, TrainPage(), FitController) as made:
        page = page_of(made)
        assert page.right.currentWidget() is page.no_model
        assert not page.header.primary.isEnabled() and page.header.primary.toolTip() == "Choose a model first."
        qtbot.mouseClick(page.no_model.button, LEFT)
        assert made.asked == [GoTo("model")]
