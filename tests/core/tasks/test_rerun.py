"""A run says what made it; done again, it comes to the same adapter, bit for bit, or says beforehand why it may not."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from core.cli import main
from core.engine.train import work
from core.errors import TunesmithError
from core.events import Leaner, SettingChange
from core.fit.values import Prediction
from core.job import DatasetRef, ModelRef, TrainingJob
from core.runs.info import RunInfo, write_info
from core.runs.leaner import add_leaner
from core.runs.run import Run
from core.runs.store import RunStore
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


def adapter_of(run: Run) -> bytes:
    assert run.summary().state == "finished", run.last_words()
    return (run.path / "adapter" / "adapter_model.safetensors").read_bytes()


def test_a_run_done_again_comes_to_the_same_adapter_bit_for_bit() -> None:
    """Once in a worker and once in this process, which has another past and other hashes."""
    first = train.create(job())
    assert rerun.changes_since(first.name) == []
    train.launch(first)
    list(RunEvents(first).with_death())
    second = rerun.again(first.name)
    assert second.name != first.name and second.info().repeats == first.name
    assert work(second.path) == 0
    assert adapter_of(second) == adapter_of(first)


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


def ran_out(run: Run, step: int) -> None:
    """As if memory had run out in `run` while `step` was the last one that was kept."""
    changes = [
        SettingChange(setting="per_device_batch_size", before=2, after=1),
        SettingChange(setting="gradient_accumulation_steps", before=1, after=2),
    ]
    add_leaner(run.path, Leaner(step=step, changes=changes, saves_bytes=1, text=""))


LEANER = "batch size 2 → 1 and accumulation 1 → 2"


def test_a_run_whose_memory_ran_out_before_anything_was_kept_is_done_again_bit_for_bit(
    capsys: pytest.CaptureFixture[str],
) -> None:
    first = train.create(job())
    ran_out(first, step=0)
    assert rerun.changes_since(first.name) == []
    assert work(first.path) == 0
    adapter = adapter_of(first)
    assert main(["re-run", first.name]) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert f"It repeats {first.name}, from the first step with what it had gone on with: {LEANER}." in said
    (second,) = (run for run in RunStore().list() if run.name != first.name)
    assert (second.repeats, second.begins_with) == (first.name, LEANER)
    made = RunStore().get(second.name)
    assert (made.path / "adapter" / "adapter_model.safetensors").read_bytes() == adapter
    assert made.job().settings.per_device_batch_size == 1, "It does not run out of memory again."


def test_a_run_whose_settings_changed_on_the_way_cannot_be_repeated_exactly_and_says_what_is_done_instead() -> None:
    run = train.create(job())
    ran_out(run, step=2)
    with pytest.raises(TunesmithError) as caught:
        rerun.again(run.name)
    assert caught.value.code == "run.made_differently"
    assert caught.value.why == f"Its settings changed after step 2, where memory ran out: {LEANER}."
    assert "from its first step" in caught.value.remedy and "Put" not in caught.value.remedy
    made = rerun.again(run.name, anyway=True)
    settings = made.job().settings
    assert (settings.per_device_batch_size, settings.gradient_accumulation_steps) == (1, 2)
    assert run.job().settings.per_device_batch_size == 2, "What was asked for stays."
    write_info(run.path, msgspec.structs.replace(run.info(), made_with=made_with() | {"torch": "1.0"}))
    with pytest.raises(TunesmithError) as caught:
        rerun.again(run.name)
    assert "torch was 1.0" in caught.value.why and caught.value.remedy.endswith("Put the rest back first, if you can.")


def test_its_memory_and_speed_are_promised_for_the_same_rows_as_long_as_they_are_the_same(tmp_path: Path) -> None:
    data = tmp_path / "rows.jsonl"
    data.write_text('{"prompt": "a", "completion": "b"}\n')
    promised = Prediction(depth="instant", total_bytes=1, tokens_per_second=77.0)
    first = train.create(job(data), about=RunInfo(name="", predicted_row_tokens=40, predictions=[promised]))
    second = rerun.again(first.name)
    assert second.info().predicted_row_tokens == 40
    assert second.info().predicted_memory_bytes == first.info().predicted_memory_bytes > 1
    assert second.info().predicted_tokens_per_second == first.info().predicted_tokens_per_second == 77.0
    data.write_text(data.read_text() * 2)
    changed = rerun.again(first.name, anyway=True).info()
    assert changed.predicted_row_tokens == first.job().settings.max_seq_length
    assert changed.predicted_tokens_per_second == 0, "How long the changed rows are, nobody has looked."


def test_a_run_of_an_older_tunesmith_is_done_again_without_a_word() -> None:
    run = train.create(job())
    info = msgspec.structs.replace(run.info(), made_with={}, data_fingerprint="", job_fingerprint="")
    write_info(run.path, info)
    assert rerun.changes_since(run.name) == []


def test_a_run_is_not_made_of_data_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TunesmithError) as caught:
        train.create(job(tmp_path / "gone.jsonl"))
    assert caught.value.code == "data.not_found"
