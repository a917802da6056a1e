"""A run says what made it; done again, it comes to the same adapter, bit for bit, or says beforehand why it may not."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from core.errors import TunesmithError
from core.events import Finished
from core.job import DatasetRef, ModelRef, TrainingJob
from core.runs.info import write_info
from core.runs.run import Run
from core.settings import from_pairs
from core.tasks import rerun, train
from core.tasks.follow import RunEvents
from core.tasks.made_of import made_with

TINY = (
    "quantization=none",
    "compute_dtype=fp32",
    "gradient_checkpointing=false",
    "max_seq_length=64",
    "per_device_batch_size=2",
    "gradient_accumulation_steps=1",
    "lora_dropout=0.1",
    "learning_rate=0.002",
    "max_steps=3",
    "validation_share=0",
)


def job(data: Path | None = None) -> TrainingJob:
    return TrainingJob(
        model=ModelRef(source="starter", id="starter"),
        dataset=DatasetRef(source="file", path=str(data)) if data else DatasetRef(source="sample", path="sample"),
        settings=from_pairs(TINY),
        device="cpu",
    )


def trained(run: Run) -> bytes:
    """The adapter that `run` comes to."""
    train.launch(run)
    (last,) = (event for event in RunEvents(run).with_death() if isinstance(event, Finished))
    assert last.state == "finished", run.last_words()
    return (run.path / "adapter" / "adapter_model.safetensors").read_bytes()


def test_a_run_done_again_comes_to_the_same_adapter_bit_for_bit() -> None:
    first = train.create(job())
    assert rerun.changes_since(first.name) == []
    adapter = trained(first)
    second = rerun.again(first.name)
    assert second.name != first.name and second.info().repeats == first.name
    assert trained(second) == adapter


def test_a_run_records_data_job_and_libraries(tmp_path: Path) -> None:
    data = tmp_path / "rows.jsonl"
    data.write_text('{"prompt": "a", "completion": "b"}\n')
    info = train.create(job(data)).info()
    assert len(info.data_fingerprint) == len(info.job_fingerprint) == 64 and info.model_fingerprint
    assert {"torch", "tunesmith", "python", "processor", "threads"} <= info.made_with.keys()


def test_what_has_changed_is_said_before_it_starts(tmp_path: Path) -> None:
    data = tmp_path / "rows.jsonl"
    data.write_text('{"prompt": "a", "completion": "b"}\n')
    run = train.create(job(data))
    data.write_text('{"prompt": "a", "completion": "c"}\n')
    write_info(run.path, msgspec.structs.replace(run.info(), made_with=made_with() | {"torch": "1.0"}))
    with pytest.raises(TunesmithError) as caught:
        rerun.again(run.name)
    assert caught.value.code == "run.made_differently"
    assert "The data has other contents than then; torch was 1.0 and is 2." in caught.value.why
    assert rerun.again(run.name, anyway=True).info().repeats == run.name


def test_a_run_of_an_older_tunesmith_is_done_again_without_a_word() -> None:
    run = train.create(job())
    info = msgspec.structs.replace(run.info(), made_with={}, data_fingerprint="", job_fingerprint="")
    write_info(run.path, info)
    assert rerun.changes_since(run.name) == []


def test_a_run_is_not_made_of_data_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TunesmithError) as caught:
        train.create(job(tmp_path / "gone.jsonl"))
    assert caught.value.code == "data.not_found"
