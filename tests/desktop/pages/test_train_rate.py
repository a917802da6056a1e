"""“Find learning rate” on the Train page: offered, under way, stopped, and its result taken by one click."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt, QThreadPool
from pytestqt.qtbot import QtBot

from core.events import RateFound, RateTried
from core.models.reading import starter_spec
from desktop.controllers.fit import FitController
from desktop.controllers.lr_range import RateController
from desktop.intents import CancelRateTest, ChangeSetting, FindRate
from desktop.pages.train import TrainPage
from desktop.pages.train_rate import RatePanel
from desktop.rate_test import NO_RATE_TEST, RateTest
from desktop.state import ActiveRun
from tests.desktop.bench import Bench, bench
from tests.desktop.pages.test_train_page import ram, report

WORKER_MS = 300_000
LEFT = Qt.MouseButton.LeftButton
TRIED = [RateTried(step=n, steps_total=100, learning_rate=10 ** (-6 + n / 20), loss=3.0 - n / 40) for n in range(1, 81)]
FOUND = RateFound(proposed=1.8e-4, steepest=1.8e-4, lowest=4e-3, exploded=True, text="The loss fell fastest there.")


@pytest.fixture
def made(qtbot: QtBot) -> Iterator[Bench]:
    with bench(qtbot, TrainPage(), FitController, RateController) as there:
        there.store.update(model=starter_spec(), dataset=report([40] * 400), fit_machine=ram())
        qtbot.waitUntil(lambda: there.state.verdict is not None)
        yield there
    assert QThreadPool.globalInstance().waitForDone(WORKER_MS)  # that the workers have ended


def panel_of(made: Bench) -> RatePanel:
    assert isinstance(made.page, TrainPage)
    return made.page.settings.rate


def controller_of(made: Bench) -> RateController:
    return next(one for one in made.dispatcher.controllers if isinstance(one, RateController))


def test_a_search_shows_its_curve_and_its_rate_is_taken_by_one_click(qtbot: QtBot, made: Bench) -> None:
    panel = panel_of(made)
    assert panel.find.isVisible() and panel.find.isEnabled() and not panel.curve.isVisible()
    qtbot.mouseClick(panel.find, LEFT)
    assert made.asked == [FindRate()] and made.state.rate_test.running
    assert panel.cancel.isVisible() and not panel.find.isVisible() and "Loading" in panel.words.text()
    assert "train" in made.state.busy
    controller_of(made)._hear([*TRIED])
    assert len(panel.curve.points) == 80 and panel.words.text() == "Rate 0.01, loss 1."
    assert made.state.busy["train"].done == 80
    controller_of(made)._hear([FOUND])
    controller_of(made)._done()
    assert not made.state.rate_test.running and "train" not in made.state.busy
    assert panel.use.text() == "Use 0.00018" and panel.words.text() == FOUND.text
    qtbot.mouseClick(panel.use, LEFT)
    assert made.asked[-1] == ChangeSetting("learning_rate", 1.8e-4)
    assert made.state.settings is not None and made.state.settings.learning_rate == 1.8e-4
    assert made.state.rate_test.found == FOUND and not panel.use.isEnabled()
    made.dispatch(ChangeSetting("lora_rank", 64))
    assert made.state.rate_test == NO_RATE_TEST


def test_a_search_is_stopped_by_its_button_by_escape_and_by_another_job(qtbot: QtBot, made: Bench) -> None:
    panel = panel_of(made)
    qtbot.mouseClick(panel.find, LEFT)
    assert made.page.escape(made.state) == CancelRateTest()
    qtbot.mouseClick(panel.cancel, LEFT)
    assert made.state.rate_test == NO_RATE_TEST and panel.find.isVisible()
    qtbot.mouseClick(panel.find, LEFT)
    made.dispatch(ChangeSetting("max_seq_length", 48))
    assert made.state.rate_test == NO_RATE_TEST and "train" not in made.state.busy
    qtbot.mouseClick(panel.find, LEFT)
    made.store.update(active=ActiveRun("a-run", "running"))
    assert made.state.rate_test == NO_RATE_TEST and not panel.find.isEnabled()


def test_a_search_that_fails_says_why_and_is_offered_again(qtbot: QtBot, made: Bench) -> None:
    made.store.update(model=replace(starter_spec(), source="folder", path="/nowhere"))
    qtbot.waitUntil(lambda: made.state.verdict is not None)
    panel = panel_of(made)
    qtbot.mouseClick(panel.find, LEFT)
    qtbot.waitUntil(lambda: "train" in made.state.errors)
    assert made.state.errors["train"].code == "model.not_here"
    assert made.state.rate_test == NO_RATE_TEST and panel.find.isVisible()


def test_where_no_rate_helps_nothing_is_offered(qtbot: QtBot, made: Bench) -> None:
    flat = RateFound(proposed=None, steepest=None, lowest=None, exploded=False, text="At no rate did the loss fall.")
    made.store.update(rate_test=RateTest(points=((1e-6, 2.0), (1e-1, 2.0)), steps_total=2, found=flat))
    panel = panel_of(made)
    assert panel.words.isVisible() and panel.curve.isVisible() and not panel.use.isVisible()
    assert panel.find.text() == "Look again"
