"""Memory that runs out in the middle of a run: explained, and met once with settings that need less."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import torch

from core.engine import trainer
from core.engine.failures import OutOfMemory
from core.engine.going_leaner import go_on_leaner
from core.engine.renewal import Renewal, from_flags
from core.engine.shortage import asked_bytes
from core.engine.train import work
from core.events import Checkpoint, Failed, Finished, Leaner, Started, StateChanged
from core.runs.info import write_info
from core.runs.leaner import FILE, read_leaner
from core.runs.run import Run
from tests.core.engine.conftest import new_run, of_type, steps_of, work_on

WORDS = "CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 8.00 GiB"


def changes_of(run: Run) -> list[tuple[str, object, object]]:
    return [(one.setting, one.before, one.after) for event in of_type(run.events(), Leaner) for one in event.changes]


def run_out(monkeypatch: pytest.MonkeyPatch, *steps: int) -> None:
    """From now on memory runs out once in each step that follows one of `steps`."""
    whole, left = trainer.Trainer.training_step, list(steps)

    def short(self: trainer.Trainer, *others: object, **named: object) -> object:
        if self.state.global_step in left:
            left.remove(self.state.global_step)
            raise torch.OutOfMemoryError(WORDS)
        return whole(self, *others, **named)

    monkeypatch.setattr(trainer.Trainer, "training_step", short)


def test_a_run_asks_for_a_fresh_process_and_goes_on_there_with_half_the_rows_at_once(
    finished_run: Run, runs_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That a run really goes on in a fresh process is seen in test_pausing; this process stands for both here."""
    run = new_run(runs_root)
    run_out(monkeypatch, 6)
    end = work(run.path)
    assert end == Renewal(retried=True) and from_flags(end.flags()) == end
    assert work(run.path, end) == 0
    events = run.events()
    assert [s.state for s in of_type(events, StateChanged)] == [
        "starting",
        "running",
        "starting",
        "running",
        "finished",
    ]
    assert not of_type(events, Failed)
    (leaner,) = of_type(events, Leaner)
    assert changes_of(run) == [("per_device_batch_size", 4, 2), ("gradient_accumulation_steps", 1, 2)]
    assert leaner.step == 4 == of_type(events, Started)[1].resumed_from
    for words in ("Step 7", "20 MiB", "step 4", "batch size 4 → 2", "same 4 rows"):
        assert words in leaner.text
    assert (run.job().settings.per_device_batch_size, run.job_as_trained().settings.per_device_batch_size) == (4, 2)
    losses = {step.step: step.loss for step in steps_of(run)}  # of a step that was computed again the later
    assert losses == pytest.approx({step.step: step.loss for step in steps_of(finished_run)}, rel=1e-3)


def test_a_second_time_ends_it_with_the_reason_and_a_resumed_run_may_try_once_more(
    runs_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run(runs_root, "max_steps=3", "checkpoint_steps=1", "validation_share=0")
    run_out(monkeypatch, 1, 2, 2)
    assert work_on(run) == 1
    events = run.events()
    (failure,) = of_type(events, Failed)
    assert failure.code == "engine.out_of_memory" and failure.where == "Step 3"
    assert "once already" in failure.why
    assert isinstance(events[-1], Finished) and events[-1].state == "failed"
    assert [checkpoint.step for checkpoint in of_type(events, Checkpoint)] == [1, 2]

    assert work_on(run) == 0
    assert changes_of(run)[2:] == [("per_device_batch_size", 2, 1), ("gradient_accumulation_steps", 2, 4)]
    assert run.job_as_trained().settings.per_device_batch_size == 1
    assert isinstance(run.events()[-1], Finished)


def test_who_does_not_want_it_is_told_and_nothing_is_changed(runs_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = new_run(runs_root, "max_steps=3", "retry_leaner=false", "validation_share=0")
    run_out(monkeypatch, 1)
    assert work_on(run) == 1
    (failure,) = of_type(run.events(), Failed)
    assert failure.code == "engine.out_of_memory"
    for words in ("Step 2 was at work on 4 rows of", "This run held"):
        assert words in failure.why
    assert not (run.path / FILE).exists()


def test_what_is_saved_is_counted_with_rows_as_long_as_those_that_there_are(runs_root: Path) -> None:
    saved = []
    for row_tokens in (0, 32):
        run = new_run(runs_root, "max_seq_length=512")
        write_info(run.path, msgspec.structs.replace(run.info(), predicted_row_tokens=row_tokens))
        assert go_on_leaner(run, OutOfMemory("", "", "", 0), Renewal(), lambda event: None)
        (leaner,) = read_leaner(run.path)
        assert {change.setting for change in leaner.changes} >= {"per_device_batch_size"}
        saved.append(leaner.saves_bytes)
    assert 0 < saved[1] < saved[0] / 4


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [
        (WORDS, 20 * 2**20),
        ("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 80 bytes. Error 12", 80),
        ("CUDA error: out of memory", 0),
    ],
)
def test_what_was_asked_for_is_read_from_pytorchs_words(text: str, size_bytes: int) -> None:
    assert asked_bytes(RuntimeError(text)) == size_bytes
