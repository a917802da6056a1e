"""What a run goes on from: a checkpoint that is sound, and the data that it began with."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from core.engine.train import work
from core.events import Failed, Progress, Started, Warned
from core.runs.run import Run
from core.runs.until import write_until
from tests.core.engine.conftest import new_run, of_type


def as_if_cut_off(run: Run) -> None:
    """Its log without its end, as a killed worker leaves it."""
    log = run.path / "events.jsonl"
    log.write_bytes(b"".join(line for line in log.read_bytes().splitlines(keepends=True) if b'"finished"' not in line))


def test_a_truncated_checkpoint_is_passed_over_with_a_warning_and_the_adapter_is_the_same(
    finished_run: Run, tmp_path: Path
) -> None:
    run = Run(Path(shutil.copytree(finished_run.path, tmp_path / "run")))
    as_if_cut_off(run)
    unbroken = (run.path / "adapter" / "adapter_model.safetensors").read_bytes()
    weights = run.checkpoints()[-1] / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    assert work(run.path) == 0
    (warned,) = of_type(run.events(), Warned)
    assert warned.code == "run.checkpoint_damaged"
    assert "step-00000016" in warned.text and "bytes instead of" in warned.text
    assert of_type(run.events(), Started)[-1].resumed_from == 12
    assert (run.path / "adapter" / "adapter_model.safetensors").read_bytes() == unbroken


def test_where_every_checkpoint_is_truncated_the_run_says_so_and_begins_again_only_when_it_is_asked_to(
    finished_run: Run, tmp_path: Path
) -> None:
    run = Run(Path(shutil.copytree(finished_run.path, tmp_path / "run")))
    as_if_cut_off(run)
    names = [checkpoint.name for checkpoint in run.checkpoints()]
    for checkpoint in run.checkpoints():
        (checkpoint / "optimizer.pt").write_bytes(b"")
    assert work(run.path) == 1
    (failure,) = of_type(run.events(), Failed)
    assert (failure.code, failure.where) == ("run.no_sound_checkpoint", str(run.path / "checkpoints"))
    assert all(f"{name}: optimizer.pt has 0 bytes" in failure.why for name in names)
    write_until(run.path, 0.01)
    as_if_cut_off(run)
    assert work(run.path) == 0
    assert of_type(run.events(), Started)[-1].resumed_from == 0


def test_data_that_shrank_or_changed_since_the_checkpoint_is_refused_before_the_model_is_loaded(
    runs_root: Path, chat_rows: Callable[[list[list[tuple[str, str]]]], Path]
) -> None:
    rows = [[("user", f"Say {word}."), ("assistant", word)] for word in ("one", "two", "three", "four")]
    data = chat_rows(rows)
    run = new_run(runs_root, "max_steps=1", "validation_share=0", "per_device_batch_size=2", data=data)
    assert work(run.path) == 0
    for change, why in (
        (rows[:-1], "It had 4 rows to train on then and has 3 now."),
        ([*rows[:-1], [("user", "Say four."), ("assistant", "five")]], "Its rows have other words than then."),
    ):
        as_if_cut_off(run)
        before = len(run.events())
        chat_rows(change)
        assert work(run.path) == 1
        said = run.events()[before:]
        (failure,) = of_type(said, Failed)
        assert (failure.code, failure.why, failure.where) == ("data.changed_since_checkpoint", why, str(data))
        assert "Loading the model" not in [event.text for event in of_type(said, Progress)]
        assert run.checkpoints()
