"""Real small runs: the starter model on the sample data, trained by the real worker."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from core.engine.train import work
from core.events import AnyEvent, Step
from core.job import DatasetRef, ModelRef, TrainingJob
from core.models.location import starter_path
from core.runs.run import Run
from core.runs.store import RunStore
from core.settings import from_pairs
from core.worker.command import engine_command, engine_environment

SMALL = (
    "quantization=none",
    "compute_dtype=fp32",
    "gradient_checkpointing=false",
    "max_seq_length=128",
    "per_device_batch_size=4",
    "gradient_accumulation_steps=1",
    "learning_rate=0.002",
    "warmup_steps=2",
    "max_steps=16",
    "checkpoint_steps=4",
    "validation_share=0.02",
    "validation_steps=4",
    "sample_steps=-1",
)
PATIENCE_S = 300.0


def new_run(root: Path, *settings: str, model: Path | None = None, data: Path | None = None) -> Run:
    """A run that has not started: the starter on the sample unless told otherwise."""
    job = TrainingJob(
        model=ModelRef(source="folder", id=str(model), path=str(model))
        if model
        else ModelRef(source="starter", id="starter"),
        dataset=DatasetRef(source="file", path=str(data)) if data else DatasetRef(source="sample", path="sample"),
        settings=from_pairs([*SMALL, *settings]),
        device="cpu",
    )
    return RunStore(root).create(job)


def start_worker(run: Run, program: str = "") -> subprocess.Popen[bytes]:
    """The run's worker, or `program` in its place, which is given the run's folder."""
    command = [sys.executable, "-P", "-c", program, str(run.path)] if program else []
    with (run.path / "worker.log").open("ab") as log:
        return subprocess.Popen(
            command or engine_command("train", str(run.path)),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=engine_environment(),
            cwd=run.path,
        )


def work_on(run: Run) -> int:
    """The worker's exit code, in this process: where it would go on in a fresh one, it goes on here."""
    end = work(run.path)
    while not isinstance(end, int):
        end = work(run.path, end)
    return end


def at_steps(monkeypatch: pytest.MonkeyPatch, actions: Mapping[int, Callable[[], object]]) -> None:
    """In the step that follows each of these, once, do what is said there: in this process, and at no other moment."""
    from core.engine.trainer import Trainer

    whole, left = Trainer.training_step, dict(actions)

    def step(self: Trainer, *others: object, **named: object) -> object:
        if (action := left.pop(self.state.global_step, None)) is not None:
            action()
        return whole(self, *others, **named)

    monkeypatch.setattr(Trainer, "training_step", step)


def wait_for(condition: Callable[[], object], process: subprocess.Popen[bytes] | None = None) -> None:
    """Wait for `condition`; fail at once if `process` ends first without it."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if condition():
            return
        if process is not None and process.poll() is not None:
            assert condition(), f"the worker ended first, with {process.returncode}: see its log"
            return
        time.sleep(0.02)
    raise AssertionError("it never happened")


def steps_of(run: Run) -> list[Step]:
    return [event for event in run.events() if isinstance(event, Step)]


def of_type(events: list[AnyEvent], kind: type) -> list:
    return [event for event in events if isinstance(event, kind)]


class WhenSeen(threading.Thread):
    """Does something as soon as the run's log satisfies a condition, while this thread's starter trains."""

    def __init__(self, run: Run, condition: Callable[[list[AnyEvent]], object], action: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self._run, self._condition, self._action = run, condition, action
        self.start()

    def run(self) -> None:
        wait_for(lambda: self._condition(self._run.events()))
        self._action()


@pytest.fixture(scope="session")
def runs_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="session")
def finished_run(runs_root: Path) -> Run:
    """One run, trained to its end."""
    run = new_run(runs_root)
    assert work(run.path) == 0
    return run


@pytest.fixture(scope="session")
def starter() -> Path:
    return starter_path()


@pytest.fixture
def chat_rows(tmp_path: Path) -> Callable[[list[list[tuple[str, str]]]], Path]:
    def write(conversations: list[list[tuple[str, str]]]) -> Path:
        path = tmp_path / "rows.jsonl"
        lines = [{"messages": [{"role": r, "content": c} for r, c in turns]} for turns in conversations]
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        return path

    return write


@pytest.fixture(autouse=True)
def default_signals() -> Iterator[None]:
    """A worker that runs inside the test process takes its signals over; the next test gets Python's own back."""
    import signal

    yield
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
