"""The best checkpoint is kept, a run that no longer learns ends by itself, and both survive a resumption."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from core.engine.early_stopping import ValidationRecord
from core.engine.train import work
from core.errors import TunesmithError
from core.events import Finished, Judged, Started, Validation
from core.runs.run import Run
from tests.core.engine.conftest import WhenSeen, new_run, of_type, steps_of

OVERFITS = (
    "max_steps=30",
    "learning_rate=0.05",
    "lr_scheduler=constant",
    "validation_steps=2",
    "early_stopping_patience=4",
    "checkpoint_steps=100",
)


def heard(losses: list[float], patience: int) -> ValidationRecord:
    record = ValidationRecord()
    for step, loss in enumerate(losses, start=1):
        record.hear(step, loss, patience)
    return record


def test_the_patience_counts_validations_since_the_best() -> None:
    assert not heard([3.0, 2.0, 2.5, 2.1], patience=3).stopped_early
    record = heard([3.0, 2.0, 2.5, 2.0, 2.1], patience=3)
    assert record.stopped_early and (record.best_step, record.best_loss, record.best_is_earlier) == (2, 2.0, True)
    assert not heard([3.0, 2.0, 2.5, 2.1, 1.9, 2.0], patience=3).stopped_early
    assert not heard([1.0] * 50, patience=0).stopped_early


def test_a_loss_that_is_no_number_is_never_the_best() -> None:
    record = heard([math.nan, 2.0, math.nan], patience=2)
    assert (record.best_step, record.since_best, record.stopped_early) == (2, 1, False)


@pytest.fixture(scope="module")
def overfitted(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = new_run(tmp_path_factory.mktemp("runs"), *OVERFITS)
    assert work(run.path) == 0
    return run


def test_a_run_that_gets_worse_ends_early_with_its_best_adapter(overfitted: Run) -> None:
    events = overfitted.events()
    losses = {event.step: event.loss for event in of_type(events, Validation)}
    best = min(losses, key=lambda step: losses[step])
    last = events[-1]
    assert isinstance(last, Finished) and last.state == "finished" and last.stopped_early
    assert last.steps == best + 8 < 30 and last.adapter_step == best
    kept = overfitted.path / "checkpoints" / f"step-{best:08d}" / "adapter_model.safetensors"
    result = load_file(overfitted.path / "adapter" / "adapter_model.safetensors")
    assert all(torch.equal(tensor, result[name]) for name, tensor in load_file(kept).items())
    assert overfitted.summary().adapter_step == best
    (judged,) = of_type(events, Judged)
    assert judged.verdict == "overfitted" and events[-2] == judged
    assert overfitted.summary().judged == judged
    with pytest.raises(TunesmithError) as caught:
        work(overfitted.path)
    assert caught.value.code == "run.finished"


def test_a_resumed_run_ends_early_at_the_same_step(overfitted: Run, runs_root: Path) -> None:
    run = new_run(runs_root, *OVERFITS)
    WhenSeen(run, lambda events: any(step.step >= 3 for step in steps_of(run)), lambda: run.tell("stop"))
    assert work(run.path) == 0
    assert 3 <= run.summary().step < 10
    assert work(run.path) == 0
    assert of_type(run.events(), Started)[-1].resumed_from > 0
    first, second = overfitted.events()[-1], run.events()[-1]
    assert isinstance(first, Finished) and isinstance(second, Finished)
    assert (second.steps, second.adapter_step, second.stopped_early) == (first.steps, first.adapter_step, True)
    adapters = [load_file(one.path / "adapter" / "adapter_model.safetensors") for one in (overfitted, run)]
    assert all(torch.equal(tensor, adapters[1][name]) for name, tensor in adapters[0].items())
