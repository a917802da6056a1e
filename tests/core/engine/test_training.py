from __future__ import annotations

import math
import shutil
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.engine.train import work
from core.errors import TunesmithError
from core.events import Checkpoint, Failed, Finished, Memory, Opened, Progress, Started, StateChanged, Step, Validation
from core.runs.run import Run
from tests.core.engine.conftest import new_run, of_type, steps_of


def test_a_run_tells_its_story_in_order(finished_run: Run) -> None:
    events = finished_run.events()
    kinds = [type(event) for event in events]
    assert kinds[0] is Opened
    assert [event.state for event in of_type(events, StateChanged)] == ["starting", "running", "finished"]
    assert kinds[-1] is Finished
    assert kinds.index(Progress) < kinds.index(Started) < kinds.index(Step)
    assert {"loading", "tokenising", "saving"} <= {event.phase for event in of_type(events, Progress)}
    assert all(a.time <= b.time for a, b in pairwise(events))


def test_every_step_is_there_once_with_its_numbers(finished_run: Run) -> None:
    steps = steps_of(finished_run)
    assert [step.step for step in steps] == list(range(1, 17))
    assert all(step.tokens > 0 and step.tokens_per_second > 0 and math.isfinite(step.grad_norm) for step in steps)
    assert all(a.seconds < b.seconds for a, b in pairwise(steps))
    assert steps[-1].left_s == 0 and steps[3].left_s > 0


def test_the_loss_falls(finished_run: Run) -> None:
    losses = [step.loss for step in steps_of(finished_run)]
    assert sum(losses[-4:]) < sum(losses[:4])
    validations = of_type(finished_run.events(), Validation)
    assert validations[-1].step == 16
    assert validations[-1].loss < validations[0].loss


def test_the_last_word_sums_the_run_up(finished_run: Run) -> None:
    steps, last = steps_of(finished_run), finished_run.events()[-1]
    assert isinstance(last, Finished)
    assert (last.state, last.steps, last.loss_first, last.loss_last) == ("finished", 16, steps[0].loss, steps[-1].loss)
    assert last.peak_memory_bytes > 100_000_000
    assert last.tokens_per_second > 0


def test_memory_is_seen_while_it_trains(finished_run: Run) -> None:
    memories = of_type(finished_run.events(), Memory)
    assert memories
    assert all(0 < m.process_bytes <= m.process_peak_bytes < m.ram_total_bytes for m in memories)
    assert all(m.device_total_bytes == 0 for m in memories)


def test_checkpoints_are_written_inside_the_run_and_two_are_kept(finished_run: Run) -> None:
    assert [event.step for event in of_type(finished_run.events(), Checkpoint)] == [4, 8, 12, 16]
    assert [path.name for path in finished_run.checkpoints()] == ["step-00000012", "step-00000016"]


def test_the_result_is_an_adapter_that_learnt_something(finished_run: Run) -> None:
    weights = load_file(finished_run.path / "adapter" / "adapter_model.safetensors")
    learnt = [tensor for name, tensor in weights.items() if "lora_B" in name]
    assert len(learnt) == 28  # seven linear layers in each of four blocks
    assert all(tensor.dtype == torch.float32 and bool(tensor.any()) for tensor in learnt)


def test_a_finished_run_is_not_trained_again(finished_run: Run) -> None:
    before = (finished_run.path / "events.jsonl").read_bytes()
    with pytest.raises(TunesmithError) as caught:
        work(finished_run.path)
    assert caught.value.code == "run.finished"
    assert (finished_run.path / "events.jsonl").read_bytes() == before


def test_a_loss_that_is_no_number_ends_the_run_with_its_reason(runs_root: Path, starter: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(starter, tmp_path / "model"))
    weights = load_file(folder / "model.safetensors")
    weights["model.norm.weight"].fill_(float("nan"))
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    run = new_run(runs_root, model=folder)
    assert work(run.path) == 1
    *_, failure, state, last = run.events()
    assert isinstance(failure, Failed) and failure.code == "engine.loss_not_finite"
    assert isinstance(state, StateChanged) and state.state == "failed"
    assert isinstance(last, Finished) and (last.state, last.steps) == ("failed", 1)
    assert not run.checkpoints() and run.adapter() is None
