"""What a person may try with runs that have no, or another, worker."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import TunesmithError
from core.events import Finished, StateChanged
from core.events.stream import encode
from core.files import write_json
from core.fit.machine import plan_for
from core.fit.recommend import recommend
from core.fit.values import DataLengths, Prediction
from core.job import ModelRef, TrainingJob
from core.models.location import starter_path
from core.models.reading import starter_spec
from core.runs import commands, liveness
from core.runs.log import FILE
from core.runs.run import Run
from core.runs.store import RunStore
from core.tasks import train
from core.tasks.hardware import detect
from tests.core.conftest import JOB


def test_a_second_training_on_the_same_run_is_refused_and_touches_nothing(new_run: Run) -> None:
    liveness.write_own_identity(new_run.path)
    before = sorted(new_run.path.rglob("*"))
    with pytest.raises(TunesmithError) as caught:
        train.launch(new_run)
    assert caught.value.code == "run.active"
    assert sorted(new_run.path.rglob("*")) == before


def test_a_worker_that_has_said_its_last_word_is_waited_for(new_run: Run) -> None:
    leaving = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.5)"])
    write_json(new_run.path / liveness.FILE, liveness.identity_of(leaving.pid))
    (new_run.path / FILE).write_bytes(encode(StateChanged(state="stopped")))
    worker = new_run.worker()
    train.refuse_unstartable(new_run)
    assert worker is not None and not worker.alive()
    leaving.wait()


def test_a_finished_run_is_not_trained_again(new_run: Run) -> None:
    last = Finished(
        run=new_run.name, state="finished", steps=1, loss_first=2.0, loss_last=1.0, peak_memory_bytes=1,
        predicted_memory_bytes=1, tokens_per_second=1.0, seconds=1.0,
    )  # fmt: skip
    (new_run.path / FILE).write_bytes(encode(StateChanged(state="finished")) + encode(last))
    with pytest.raises(TunesmithError) as caught:
        train.resume(new_run.name)
    assert caught.value.code == "run.finished"


def test_a_half_written_run_is_not_started(new_run: Run) -> None:
    (new_run.path / "job.json").unlink()
    with pytest.raises(TunesmithError) as caught:
        train.resume(new_run.name)
    assert caught.value.code == "run.incomplete"
    assert not (new_run.path / liveness.FILE).exists()


def test_a_job_of_a_newer_tunesmith_is_not_started(new_run: Run) -> None:
    path = new_run.path / "job.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"version": 99}))
    with pytest.raises(TunesmithError) as caught:
        train.resume(new_run.name)
    assert caught.value.code == "file.newer_version"


def test_a_model_that_is_gone_is_named_before_a_run_is_made() -> None:
    job = TrainingJob(
        model=ModelRef(source="folder", id="gone", path="/nowhere/gone"), dataset=JOB.dataset, settings=JOB.settings
    )
    with pytest.raises(TunesmithError) as caught:
        train.start(job)
    assert caught.value.code == "model.not_here"
    assert RunStore().list() == []


def test_an_adapter_is_not_put_on_other_weights(tmp_path: Path) -> None:
    model = tmp_path / "model"
    shutil.copytree(starter_path(), model)
    ref = ModelRef(source="folder", id="mine", path=str(model))
    run = train.create(TrainingJob(model=ref, dataset=JOB.dataset, settings=JOB.settings))
    train.check_base(run)
    with (model / "model.safetensors").open("r+b") as weights:
        weights.seek(-8, os.SEEK_END)
        weights.write(b"\1" * 8)
    for use in (train.launch, train.check_base):
        with pytest.raises(TunesmithError) as caught:
            use(run)
        assert caught.value.code == "model.changed"


def test_a_run_keeps_what_every_depth_predicted_for_it() -> None:
    job = TrainingJob(model=ModelRef(source="starter", id="starter"), dataset=JOB.dataset, settings=JOB.settings)
    alone = train.create(job).info()
    assert [one.depth for one in alone.predictions] == ["instant"]
    assert alone.predictions[0].total_bytes == alone.predicted_memory_bytes > 0
    rehearsed = Prediction(depth="rehearsed", total_bytes=5, tokens_per_second=7.0)
    plan = recommend(starter_spec(), plan_for(detect()), DataLengths(lengths=[50] * 100)).plans[0]
    deeper = train.create(job, plan, [rehearsed]).info()
    assert [one.depth for one in deeper.predictions] == ["rehearsed", "instant"]
    assert plan.duration is not None
    assert deeper.predictions[1].tokens_per_second == plan.duration.tokens / plan.duration.seconds


def test_what_is_told_to_a_run_waits_for_its_worker(new_run: Run) -> None:
    train.pause(new_run.name)
    train.checkpoint(new_run.name)
    train.stop(new_run.name)
    assert commands.take(new_run.path) == ["pause", "checkpoint", "stop"]
