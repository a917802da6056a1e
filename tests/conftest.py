"""For every test: a home folder of its own, no screen, no hub, no worker left at work."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.events import Finished
from core.runs import liveness
from core.runs.log import last_events
from core.worker.ladder import kill

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"  # not the keyring of whoever runs the tests
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


ENDING_S = 60.0
LONG = (
    "core/tasks/test_sweep",
    "core/tasks/test_demo",
    "desktop/test_main_job",
    "desktop/test_survival",
    "core/tasks/test_rerun",
    "desktop/pages/test_data_page",
    "desktop/pages/test_chat_page",
    "core/engine/test_chat",
    "core/engine/test_pausing",
    "core/engine/test_stopping",
    "core/engine/rehearsal",
    "core/engine/test_faults",
)
"""Files that take longest for one reason or another, mostly real workers."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first: where two processes share the tests, neither is then left alone with one at the end."""

    def place(item: pytest.Item) -> int:
        path = item.path.as_posix()
        return next((number for number, name in enumerate(LONG) if f"tests/{name}" in path), len(LONG))

    items.sort(key=place)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The test's own home folder, for it and the workers that it starts; one that is still at work afterwards, and
    would take the processor from all other tests, is ended, and the test has failed."""
    folder = tmp_path / "home"
    monkeypatch.setenv("TUNESMITH_HOME", str(folder))
    yield folder
    left = [str(note.parent) for note in folder.rglob(liveness.FILE) if ended_here(note.parent)]
    assert not left, f"Still at work in {left}"


def ended_here(folder: Path) -> bool:
    """Whether a worker was at work in `folder` and had to be ended. One that has said its last word ends by itself."""
    worker = liveness.read_identity(folder)
    if worker is None or worker.pid == os.getpid() or not worker.alive():
        return False
    if any(isinstance(event, Finished) for event in last_events(folder)[-1:]):
        until = time.monotonic() + ENDING_S
        while worker.alive() and time.monotonic() < until:
            time.sleep(0.02)
    left = worker.alive()
    kill(worker)
    return left
