"""Somebody who looks elsewhere is told how a run ended; the title says how far it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.runs.summary import RunSummary
from desktop.controllers.notice import NoticeController
from desktop.run_progress import ending_words, window_title
from desktop.state import ActiveRun, AppState, Store
from desktop.taskbar import progress_message


def summary(state: str) -> RunSummary:
    return RunSummary(
        name="r", path="", state=state, model="m", dataset="d", seconds=75.0, loss_last=0.5, title="Pirate"
    )


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Store, list[str]]]:
    """A store that a controller watches, and how the runs that it told of ended."""
    store, ends = Store(AppState()), []
    controller = NoticeController(store)
    controller.is_watched = lambda: False
    tell = controller.tell
    monkeypatch.setattr(controller, "tell", lambda run: (ends.append(run.state), tell(run)))
    yield store, ends
    controller.stop()
    controller.deleteLater()
    store.deleteLater()


def test_the_title_says_how_far_the_run_is() -> None:
    running = AppState(active=ActiveRun("r", "running", 37, 100), runs=(summary("running"),))
    assert window_title(running) == "37 % · Pirate – Tunesmith"
    assert window_title(AppState(active=ActiveRun("r", "paused", 37, 100))) == "Paused · r – Tunesmith"
    assert window_title(AppState(active=ActiveRun("r", "starting"))) == "Starting · r – Tunesmith"
    assert window_title(AppState()) == "Tunesmith"


def test_an_end_is_told_once_and_only_when_it_is_known_how(told: tuple[Store, list[str]]) -> None:
    store, ends = told
    store.update(active=ActiveRun("r", "running", 1, 2), runs=(summary("running"),))
    store.update(active=None)
    assert ends == []
    store.update(runs=(summary("finished"),))
    store.update(step="chat")
    assert ends == ["finished"]


def test_the_end_of_one_run_is_told_when_the_next_has_begun(told: tuple[Store, list[str]]) -> None:
    store, ends = told
    store.update(active=ActiveRun("r", "running", 1, 2), runs=(summary("running"),))
    store.update(active=ActiveRun("next", "starting"), runs=(summary("died"),))
    assert ends == ["died"]


def test_the_words_say_what_became_of_it() -> None:
    assert ending_words(summary("finished")) == ("Training is done", "Pirate took 1 min 15 s. Loss 0.500.")
    assert "Resume" in ending_words(summary("died"))[1]


def test_the_taskbar_is_told_the_share_and_when_there_is_none() -> None:
    assert progress_message(0.37)[1] == {"progress": 0.37, "progress-visible": True}
    assert progress_message(None)[1]["progress-visible"] is False
