"""A sweep with real workers, its driver killed on the way; and what a person may try with sweeps."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from core import paths
from core.errors import TunesmithError
from core.events import Opened, Started, Step
from core.job import DatasetRef, ModelRef, TrainingJob
from core.runs.info import RunInfo
from core.runs.liveness import read_identity, write_own_identity
from core.runs.run import Run
from core.runs.store import RunStore
from core.settings import from_pairs
from core.sweeps.store import SweepStatus, SweepStore
from core.tasks import sweep as sweeps
from core.worker.ladder import kill

PATIENCE_S = 600.0
JOB = TrainingJob(
    model=ModelRef(source="starter", id="starter"),
    dataset=DatasetRef(source="sample", path="sample"),
    settings=from_pairs(
        [
            "quantization=none", "compute_dtype=fp32", "gradient_checkpointing=false", "max_seq_length=96",
            "per_device_batch_size=4", "gradient_accumulation_steps=1", "learning_rate=0.002", "warmup_steps=1",
            "max_steps=6", "validation_share=0.02", "early_stopping_patience=0",
        ]
    ),
    device="cpu",
)  # fmt: skip


def wait_for(condition: Callable[[], object], what: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until, f"{what} never happened: {SweepStore().names()}"
        time.sleep(0.1)


def test_a_sweep_of_three_comes_to_its_end_though_whoever_leads_it_is_killed() -> None:
    sweep = sweeps.create(JOB, {"learning_rate": [1e-5, 2e-3, 1e-3]}, minutes=600)
    sweeps.launch(sweep.name)
    first = Run(paths.runs_dir() / sweep.candidates[0].run)
    wait_for(lambda: any(isinstance(event, Opened) for event in first.events()), "The first run")
    driver = read_identity(SweepStore().folder(sweep.name))
    assert driver is not None
    kill(driver)
    worker = first.worker()
    assert sweeps.show(sweep.name).state == "died"
    assert worker is None or not worker.alive() or first.summary().active
    sweeps.launch(sweep.name)
    with pytest.raises(TunesmithError) as caught:
        sweeps.launch(sweep.name)
    assert caught.value.code == "sweep.active"
    wait_for(lambda: sweeps.show(sweep.name).state not in ("new", "running", "waiting"), "The end")

    table = sweeps.show(sweep.name)
    assert table.state == "finished", (table.text, sweeps.last_words(sweep.name, 20))
    assert [len(row.losses) for row in table.rows] == [1, 2, 2]
    assert table.rows[0].note == "dropped at 1/2"
    assert table.winner in {row.run for row in table.rows[1:]}
    assert table.lead is not None and table.lead >= 0 and table.noise is not None and table.noise > 0
    assert "seeds' noise" in table.words and table.words.startswith("Learning rate ")
    for run in (sweep.candidates[1].run, sweep.candidates[2].run):
        told = Run(paths.runs_dir() / run).events()
        assert [event.step for event in told if isinstance(event, Step)] == [1, 2, 3, 4, 5, 6], "Nothing twice."
        assert [event.resumed_from for event in told if isinstance(event, Started)] == [0, 3]
    assert first.summary().step == 3
    assert first.info().title.endswith(": learning rate 1e-5") and first.info().tags == ["sweep"]

    RunStore().delete(first.name)
    assert sweeps.show(sweep.name) == table, "What was found stays when its runs go."
    sweeps.discard(sweep.name)
    assert SweepStore().names() == [] and RunStore().list() == []


def test_a_sweep_has_one_budget_above_nothing() -> None:
    for budget in ({}, {"minutes": 0.0}, {"minutes": 5.0, "money": 1.0}, {"money": -1.0}):
        with pytest.raises(TunesmithError) as caught:
            sweeps.create(JOB, {"lora_rank": [4, 8]}, **budget)
        assert caught.value.code == "sweep.no_budget"
    assert SweepStore().names() == []


def test_every_candidate_is_judged_by_the_same_rows() -> None:
    sweep = sweeps.create(JOB, {"epochs": [1.0, 3.0]}, minutes=5)
    settings = [sweep.settings_of(one.changes) for one in sweep.candidates]
    assert {one.validation_rows for one in settings} == {64}
    assert {one.sample_steps for one in settings} == {-1}
    assert sweep.rungs == [1.0]


def test_a_sweep_whose_leader_is_gone_says_so_and_can_be_deleted() -> None:
    sweep = sweeps.create(JOB, {"lora_rank": [4, 8]}, minutes=5)
    SweepStore().say(sweep.name, SweepStatus(state="running"))
    assert sweeps.show(sweep.name).state == "died"
    runs = RunStore()
    run = runs.create(sweep.job_of(sweep.candidates[0].changes), RunInfo(name=sweep.candidates[0].run))
    sweeps.discard(sweep.name)
    with pytest.raises(TunesmithError) as caught:
        sweeps.show(sweep.name)
    assert caught.value.code == "sweep.not_found" and runs.list() == []
    sweeps.restore(sweep.name)
    assert sweeps.show(sweep.name).name == sweep.name
    assert [one.name for one in runs.list()] == [run.path.name], "Its runs come back with it."


def test_a_sweep_with_a_run_at_work_is_left_whole() -> None:
    sweep = sweeps.create(JOB, {"lora_rank": [4, 8]}, minutes=5)
    first, second = (RunStore().create(sweep.job_of(one.changes), RunInfo(name=one.run)) for one in sweep.candidates)
    write_own_identity(second.path)
    with pytest.raises(TunesmithError) as caught:
        sweeps.discard(sweep.name)
    assert caught.value.code == "run.active"
    assert first.path.is_dir() and SweepStore().names() == [sweep.name]


def test_a_sweep_that_cannot_be_deleted_whole_keeps_its_runs() -> None:
    sweep = sweeps.create(JOB, {"lora_rank": [4, 8]}, minutes=5)
    run = RunStore().create(JOB, RunInfo(name=sweep.candidates[0].run))
    (SweepStore().root / ".trash").touch()  # in the place of the folder
    with pytest.raises(TunesmithError):
        sweeps.discard(sweep.name)
    assert run.path.is_dir() and SweepStore().names() == [sweep.name]


def test_a_sweep_that_cannot_be_brought_back_whole_can_be_brought_back_later() -> None:
    sweep = sweeps.create(JOB, {"lora_rank": [4, 8]}, minutes=5)
    run = RunStore().create(JOB, RunInfo(name=sweep.candidates[0].run))
    sweeps.discard(sweep.name)
    run.path.touch()
    with pytest.raises(TunesmithError) as caught:
        sweeps.restore(sweep.name)
    assert caught.value.code == "file.not_writable" and SweepStore().names() == []
    run.path.unlink()
    sweeps.restore(sweep.name)
    assert run.path.is_dir() and SweepStore().names() == [sweep.name]
