"""The Train page's forecast: the bar to the byte, rehearsals that replace the instant figure, fixes, time and cost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from core.fit.cards import known_card
from core.fit.estimate import estimate
from core.fit.machine import plan_for_card
from core.fit.prices import prices
from core.fit.recommend import recommend
from core.fit.rehearsal import Rehearsal, Work, WorkCount
from core.fit.values import DataLengths, FitMachine, MemoryEstimate
from core.models import catalogue
from core.models.spec import ModelSpec
from core.settings import TrainingSettings
from core.tasks.rehearse import KEPT, key_of
from desktop.controllers.fit import FitController
from desktop.controllers.rehearsal import RehearsalController
from desktop.pages.train import TrainPage
from tests.desktop.bench import Bench, bench
from tests.desktop.pages.test_train_page import report

LEFT = Qt.MouseButton.LeftButton
CARD = plan_for_card(known_card("RTX 3090"))
LLAMA = "llama-3.1-8b-instruct"


def rehearsal_like(memory: MemoryEstimate, more_bytes: int = 0) -> Rehearsal:
    """What a rehearsal says that finds `more_bytes` more activations than the formulas."""
    terms = {name: size for name, size in memory.terms.items() if name not in ("allocator", "context")}
    terms["activations"] += more_bytes
    allocated = sum(terms.values())
    return Rehearsal(
        terms=terms,
        allocated_peak_bytes=allocated,
        reserved_peak_bytes=allocated + memory.terms["allocator"],
        peak_at="backward: mul.Tensor",
        work=[WorkCount(work=Work(kind="matmul", flops=10**14, moved_bytes=10**10), in_batch=1.0, in_step=0.0)],
        tokens=512,
        layers=32,
        layers_built=3,
        seconds=4.2,
        versions={"torch": "2.13.0"},
    )


def keep_rehearsal(spec: ModelSpec, settings: TrainingSettings, machine: FitMachine, more_bytes: int) -> None:
    """As if it had been rehearsed before."""
    KEPT.put(key_of(spec, settings, machine), rehearsal_like(estimate(spec, settings, machine), more_bytes))


def first_settings(spec: ModelSpec) -> TrainingSettings:
    """What is proposed for it first, with rows as long as memory is counted with."""
    return recommend(spec, CARD, DataLengths(lengths=[300] * 2000)).plans[0].at_longest


@pytest.fixture
def made(qtbot: QtBot) -> Iterator[Bench]:
    """The page with Llama 3.1 8B planned for a simulated RTX 3090."""
    with bench(qtbot, TrainPage(), FitController) as there:
        there.store.update(model=catalogue.spec_of(LLAMA), dataset=report([300] * 2000), fit_machine=CARD)
        qtbot.waitUntil(lambda: there.state.cost is not None)
        yield there


def page_of(made: Bench) -> TrainPage:
    assert isinstance(made.page, TrainPage)
    return made.page


def drawn_bytes(page: TrainPage) -> int:
    """What the bar has painted as terms."""
    return sum(part.size_bytes for part in page.forecast.bar.strip.drawn if part.kind == "term")


def test_the_terms_that_are_drawn_add_up_to_the_total_to_the_byte(made: Bench) -> None:
    page = page_of(made)
    slider = page.settings.rows["per_device_batch_size"].control.slider
    assert slider is not None
    verdicts = set()
    for place in range(slider.maximum() + 1):
        slider.setValue(place)
        assert made.state.estimate is not None
        verdicts.add(made.state.verdict)
        assert drawn_bytes(page) == made.state.estimate.total_bytes
    assert verdicts >= {"fits", "does_not_fit"}


def test_a_slider_that_is_dragged_is_one_change(qtbot: QtBot, made: Bench) -> None:
    page, before = page_of(made), made.state.settings
    slider = page.settings.rows["lora_rank"].control.slider
    assert slider is not None and before is not None
    slider.setSliderDown(True)
    for place in range(slider.value() + 1, slider.maximum() + 1):
        slider.setValue(place)
    slider.setSliderDown(False)
    assert made.state.settings is not None and made.state.settings.lora_rank == 256
    assert page.settings.rows["lora_rank"].control.editor.value() == 256
    qtbot.mouseClick(page.settings.undo, LEFT)
    assert made.state.settings == before and slider.stops[slider.value()] == before.lora_rank


def test_a_fix_is_one_click_by_its_name_and_is_taken_back(qtbot: QtBot, made: Bench) -> None:
    page = page_of(made)
    slider = page.settings.rows["per_device_batch_size"].control.slider
    assert slider is not None
    slider.setValue(slider.maximum())
    qtbot.waitUntil(lambda: bool(page.forecast.fixes.buttons) and page.forecast.fixes.isVisible())
    too_much = made.state.settings
    named = {button.accessibleName() or button.text(): button for button in page.forecast.fixes.buttons}
    fix = next(button for words, button in named.items() if "Adapters on attention only −" in words)
    fix.click()
    assert made.state.settings is not None and made.state.settings.lora_targets == "k_proj,o_proj,q_proj,v_proj"
    qtbot.mouseClick(page.settings.undo, LEFT)
    assert made.state.settings == too_much


def test_time_and_cost_have_their_source_and_an_own_price_counts(qtbot: QtBot, made: Bench) -> None:
    costs = page_of(made).forecast.costs
    rows = dict(costs.facts.rows())
    assert rows["Time"].startswith("about ") and " to " in rows["Time"]
    assert "community cloud" in rows["Rented"] and "for these tokens" in rows["As a service"]
    tips = {name.text(): name.toolTip() for name, _ in costs.facts._rows}
    assert prices().electricity.source in tips["Electricity"] and "Source: RunPod" in tips["Rented"]
    before = made.state.cost
    assert before is not None and before.electricity is not None and costs.price.text() == "0.17"
    costs.price.selectAll()
    qtbot.keyClicks(costs.price, "0.34")
    qtbot.keyClick(costs.price, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: made.state.cost is not before)
    assert made.state.cost is not None and made.state.cost.electricity == pytest.approx(2 * before.electricity)
    assert prices().electricity.price_per_kwh == 0.34


def test_a_rehearsal_that_is_known_replaces_the_instant_figure_and_makes_the_plan_safe(qtbot: QtBot) -> None:
    spec, more = catalogue.spec_of(LLAMA), 64 * 2**20
    with bench(qtbot, TrainPage(), FitController, RehearsalController) as made:
        page = page_of(made)
        made.store.update(dataset=report([300] * 2000), fit_machine=CARD)
        recommended = first_settings(spec)
        keep_rehearsal(spec, recommended, CARD, more)
        made.store.update(model=spec)
        qtbot.waitUntil(lambda: made.state.rehearsing.phase == "done")
        assert made.state.estimate is not None and made.state.instant is not None
        assert made.state.estimate.depth == "rehearsed"
        assert made.state.estimate.total_bytes == made.state.instant.total_bytes + more == drawn_bytes(page)
        assert page.forecast.sure.text().startswith("Rehearsed on the real training step: ")
        assert page.forecast.sure.text().endswith("% more than the instant estimate")
        assert "3 of 32 layers built" in page.forecast.sure.toolTip()
        assert page.settings.plans.safe["best_quality"].isVisible()
        assert not page.settings.plans.safe["leanest"].isVisible()

        slider = page.settings.rows["lora_rank"].control.slider
        assert slider is not None
        slider.setValue(slider.value() + 1)
        assert made.state.estimate.depth == "instant" and made.state.instant is None
        assert page.forecast.sure.text() == "Instant estimate · rehearsing the real training step…"
        qtbot.mouseClick(page.settings.undo, LEFT)
        assert made.state.estimate.depth == "rehearsed" and made.state.rehearsing.phase == "done"


def test_a_first_answer_that_its_rehearsal_refutes_gives_way_to_the_next(qtbot: QtBot) -> None:
    spec = catalogue.spec_of(LLAMA)
    with bench(qtbot, TrainPage(), FitController, RehearsalController) as made:
        made.store.update(dataset=report([300] * 2000), fit_machine=CARD, model=None)
        keep_rehearsal(spec, first_settings(spec), CARD, 8 * 2**30)
        made.store.update(model=spec)
        qtbot.waitUntil(lambda: bool(made.state.note))
        page = page_of(made)
        assert made.state.plan == "fastest" and made.state.verdict == "fits"
        assert page.forecast.note.isVisible() and "Best quality does not fit after all" in page.forecast.note.text()
        assert made.state.recommendation is not None
        assert made.state.recommendation.plans[-1].name == "best_quality"
        qtbot.mouseClick(page.settings.undo, LEFT)
        assert made.state.plan == "best_quality" and made.state.verdict == "does_not_fit"


def test_what_cannot_be_rehearsed_says_why_and_the_instant_figure_stays(qtbot: QtBot) -> None:
    spec = replace(catalogue.spec_of(LLAMA), config={})
    with bench(qtbot, TrainPage(), FitController, RehearsalController) as made:
        made.store.update(dataset=report([300] * 2000), fit_machine=CARD, model=spec)
        qtbot.waitUntil(lambda: made.state.rehearsing.phase == "failed")
        words = page_of(made).forecast.sure.text()
        assert words == "Instant estimate · not rehearsed: its config is not known, only its tensors"
        assert made.state.estimate is not None and made.state.estimate.depth == "instant"
        assert not made.state.errors


def test_nothing_of_the_page_scrolls_sideways(made: Bench) -> None:
    page = page_of(made)
    slider = page.settings.rows["per_device_batch_size"].control.slider
    assert slider is not None
    slider.setValue(slider.maximum())
    area = page._forecast_area
    assert area.widget().minimumSizeHint().width() <= area.viewport().width()
    assert page.grab().toImage().format() != QImage.Format.Format_Invalid
