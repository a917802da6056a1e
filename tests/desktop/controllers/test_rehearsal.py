"""The settings are rehearsed by a real worker while somebody looks, and no worker is left behind."""

from __future__ import annotations

from PySide6.QtCore import QThreadPool
from pytestqt.qtbot import QtBot

from core.models.reading import starter_spec
from core.tasks.rehearse import kept, key_of
from desktop.controllers.fit import FitController
from desktop.controllers.planning import place_of
from desktop.controllers.rehearsal import RehearsalController
from desktop.pages.train import TrainPage
from desktop.state import ActiveRun, AppState
from tests.desktop.bench import bench
from tests.desktop.pages.test_train_page import ram, report

WORKER_MS = 300_000


def test_the_recommended_settings_are_rehearsed_unless_a_run_needs_the_computer(qtbot: QtBot) -> None:
    with bench(qtbot, TrainPage(), FitController, RehearsalController) as made:
        made.store.update(active=ActiveRun("a-run", "running"), dataset=report([40] * 400), fit_machine=ram())
        made.store.update(model=starter_spec())
        qtbot.waitUntil(lambda: made.state.rehearsing.phase == "later")
        made.store.update(active=None)
        assert made.state.rehearsing.phase == "running"
        qtbot.waitUntil(lambda: made.state.rehearsing.phase in ("done", "failed"), timeout=WORKER_MS)
        state = made.state
        assert state.rehearsing.phase == "done", state.rehearsing.reason
        assert state.estimate is not None and state.estimate.depth == "rehearsed"
        place = place_of(state)
        assert place is not None and state.settings is not None
        again = place_of(state)
        assert again is not None and again.rows is place.rows, "Counted once for each data set."
        counted = place.at_longest(state.settings)
        assert counted.max_seq_length == 40 < state.settings.max_seq_length
        assert kept(key_of(place.model, counted, place.machine)) == state.rehearsing.result
        controller = next(one for one in made.dispatcher.controllers if isinstance(one, RehearsalController))
        worker = controller._rehearser._worker
        assert worker is not None and worker.running
        # then the other plans that are offered, so that all figures are of one depth
        qtbot.waitUntil(lambda: _depths(made.state) == {"rehearsed"}, timeout=WORKER_MS)
    assert QThreadPool.globalInstance().waitForDone(WORKER_MS)
    assert worker._process.poll() is not None


def _depths(state: AppState) -> set[str]:
    plans = state.recommendation.plans if state.recommendation is not None else []
    return {plan.memory.depth for plan in plans}
