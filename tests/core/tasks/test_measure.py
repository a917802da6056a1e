"""Measuring as the window and the command line ask for it: what is kept, what is refused, what a run is promised."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import TunesmithError
from core.events import AnyEvent, Progress
from core.files import write_json
from core.fit.cards import known_card
from core.fit.machine import plan_for, plan_for_card
from core.fit.measured import RUN_BYTES
from core.fit.measurement import MeasuredPoint, Measurement, measurement_of
from core.fit.rehearsal import Rehearsal, Work, WorkCount
from core.job import ModelRef, TrainingJob
from core.models.reading import read_folder, starter_spec
from core.settings import TrainingSettings, from_pairs
from core.tasks import measure, rehearse, train
from core.tasks.hardware import detect
from tests.core.conftest import JOB

GIB = 2**30
TINY = {
    "model_type": "llama",
    "vocab_size": 64,
    "hidden_size": 64,
    "intermediate_size": 64,
    "num_hidden_layers": 4,
    "num_attention_heads": 1,
    "num_key_value_heads": 1,
}


def _measurement(*, ran_out: bool = False) -> Measurement:
    point = MeasuredPoint(
        layers=[1], of_model=[1], step_peak_bytes=GIB, batch_s=[1.0], besides_s=[0.0], ran_out=ran_out
    )
    return measurement_of(
        [point], on_card=False, device_name="this", context_bytes=GIB // 2, tokens=8192, seconds=1.0, versions={}
    )


def _rehearsal() -> Rehearsal:
    product = WorkCount(work=Work(kind="matmul", flops=10**9, moved_bytes=10**6), in_batch=1, in_step=0)
    return Rehearsal(
        terms={"weights": GIB}, allocated_peak_bytes=GIB, reserved_peak_bytes=0, peak_at="loss, in the head",
        work=[product],
        tokens=8192, layers=4, layers_built=3, seconds=1.0, versions={},
    )  # fmt: skip


def test_what_was_measured_once_is_known_for_these_settings_alone() -> None:
    spec, machine, settings = starter_spec(), plan_for(detect()), TrainingSettings(quantization="none")
    assert measure.kept(spec, settings, machine) is None
    measure.keep(spec, settings, machine, _measurement())
    assert measure.kept(spec, settings, machine) == _measurement()
    assert measure.measure(spec, settings.changed(learning_rate=0.5), machine) == _measurement()
    assert measure.kept(spec, settings.changed(lora_rank=4), machine) is None


def test_a_folder_with_a_config_alone_is_measured_by_a_worker(tmp_path: Path) -> None:
    write_json(tmp_path / "config.json", TINY)
    spec, machine = read_folder(tmp_path), plan_for(detect())
    settings = from_pairs(["quantization=none", "max_seq_length=16", "gradient_accumulation_steps=1"])
    heard: list[AnyEvent] = []
    found = measure.measure(spec, settings, machine, heard.append)
    assert (found.layers, found.layers_built, found.on_card) == (4, 2, machine.is_gpu)
    assert found.peak_bytes > 0 and found.batch_s > 0
    assert measure.kept(spec, settings, machine) == found
    texts = [event.text for event in heard if isinstance(event, Progress)]
    assert "Loading 1 of 4 layers" in texts and "Loading 2 of 4 layers" in texts


def test_memory_that_ran_out_is_tried_again() -> None:
    spec, machine = starter_spec(), plan_for(detect())
    measure.keep(spec, TrainingSettings(), machine, _measurement(ran_out=True))
    assert measure.kept(spec, TrainingSettings(), machine) is None


def test_a_card_that_is_not_here_cannot_be_measured() -> None:
    for machine, words in (plan_for_card(known_card("RTX 3090")), "RTX 3090"), (plan_for(detect(), None, 8.0), "8"):
        with pytest.raises(TunesmithError) as caught:
            measure.measure(starter_spec(), TrainingSettings(), machine)
        assert caught.value.code == "measure.simulated_card"
        assert words in caught.value.what


def test_a_run_records_the_deeper_predictions_that_are_known_of_it() -> None:
    spec, machine = starter_spec(), plan_for(detect())
    rehearse.KEPT.put(rehearse.key_of(spec, JOB.settings, machine), _rehearsal())
    measure.keep(spec, JOB.settings, machine, _measurement())
    job = TrainingJob(
        model=ModelRef(source="starter", id="starter"), dataset=JOB.dataset, settings=JOB.settings, device="auto"
    )
    info = train.create(job).info()
    assert info.predicted_depth == "instant"
    by_depth = {one.depth: one.total_bytes for one in info.predictions}
    assert list(by_depth) == ["instant", "rehearsed", "measured"]
    assert by_depth["measured"] == GIB + RUN_BYTES
    assert by_depth["instant"] == info.predicted_memory_bytes
    other = TrainingJob(model=job.model, dataset=job.dataset, settings=job.settings.changed(lora_rank=4))
    assert [one.depth for one in train.create(other).info().predictions] == ["instant"]
