"""A run outlives the window that started it, and the window says so when a worker dies."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.events import Step
from core.job import SAMPLE, STARTER, DatasetRef, ModelRef, TrainingJob
from core.runs.run import Run
from core.runs.store import RunStore
from core.settings import TrainingSettings
from core.tasks import train
from core.worker.ladder import kill

ROOT = Path(__file__).parents[2]
PATIENCE_S = 300.0

Seen = dict[str, Any]


class Window:
    """A window in its own process, and what it says that it shows."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.desktop.window_driver"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._said: queue.Queue[Seen] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        self.last: Seen = {}

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.put(json.loads(line))

    def wait_for(self, wanted: Callable[[Seen], bool]) -> Seen:
        """The first thing shown from now on for which `wanted` holds."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                self.last = self._said.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"Never shown. Last: {self.last}") from None
            assert self.last["state"] != "failed", self.last
            if wanted(self.last):
                return self.last

    def click_primary(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("primary\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        """As `kill -9` does."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()


@pytest.fixture
def open_window(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Window]]:
    """Opens windows; those still open are killed at the end, and so is every worker."""
    opened: list[Window] = []

    def open_one() -> Window:
        opened.append(Window())
        return opened[-1]

    yield open_one
    for window in opened:
        if window._process.poll() is None:
            window.kill()
    for row in RunStore().list():
        if (worker := RunStore().get(row.name).worker()) is not None:
            kill(worker)


def start_run(max_steps: int = 400) -> Run:
    settings = TrainingSettings(
        quantization="none",
        compute_dtype="fp32",
        max_seq_length=128,
        per_device_batch_size=2,
        gradient_accumulation_steps=1,
        learning_rate=1e-3,
        max_steps=max_steps,
        checkpoint_steps=4,
    )
    dataset = DatasetRef(source="sample", path=SAMPLE)
    return train.start(TrainingJob(model=ModelRef(source="starter", id=STARTER), dataset=dataset, settings=settings))


def steps_in(run: Run) -> list[int]:
    return [event.step for event in run.events() if isinstance(event, Step)]


def test_the_run_goes_on_when_its_window_is_killed_and_a_new_window_shows_it_live(
    open_window: Callable[[], Window],
) -> None:
    first = open_window()
    first.wait_for(lambda seen: seen["primary"] == "Train")
    first.click_primary()
    seen = first.wait_for(lambda seen: seen["state"] == "running" and seen["step"] >= 2)
    first.kill()
    run = RunStore().get(seen["run"])
    worker = run.worker()
    assert worker is not None and worker.alive()

    second = open_window()
    seen = second.wait_for(  # the whole history is there, not only what came since
        lambda seen: seen["run"] == run.name and seen["state"] == "running" and 0 < seen["points"] == seen["step"]
    )
    step = seen["step"]
    second.wait_for(lambda seen: seen["step"] > step and seen["points"] == seen["step"])
    assert worker.alive()
    assert run.summary().state == "running"


def test_a_killed_worker_is_said_at_once_and_resume_goes_on_from_its_checkpoint(
    open_window: Callable[[], Window],
) -> None:
    run = start_run()
    window = open_window()
    window.wait_for(lambda seen: seen["run"] == run.name and seen["step"] >= 6)
    worker = run.worker()
    assert worker is not None
    began = time.monotonic()
    kill(worker)
    seen = window.wait_for(lambda seen: seen["state"] == "died")
    print(f"The window said so after {time.monotonic() - began:.2f} s.")  # noqa: T201
    assert seen["sentence"].startswith("The training process is gone: ")
    assert seen["primary"] == "Resume"
    assert seen["log_offered"] == bool(run.last_words())
    reached = max(steps_in(run))
    safe = int(run.checkpoints()[-1].name.removeprefix("step-"))

    window.click_primary()
    window.wait_for(lambda seen: seen["state"] in ("starting", "running") and seen["primary"] == "")
    window.wait_for(
        lambda seen: seen["state"] == "running" and seen["step"] > reached and seen["points"] == seen["step"]
    )
    steps = steps_in(run)
    again = steps[steps.index(reached) + 1]
    assert again == safe + 1, "It goes on from the last checkpoint, not from the start."
