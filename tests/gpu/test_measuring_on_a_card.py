"""A measurement on a real NVIDIA card against the real training's own peak and speed. Skips itself without a card."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from core.data.sample import sample_path
from core.events import Finished, Memory, Step
from core.files import read_json_object, write_json
from core.fit.machine import plan_for
from core.fit.measured import measured_plan
from core.fit.recommend import your_plan
from core.hardware.probe import probe
from core.job import DatasetRef, ModelRef, TrainingJob
from core.models.location import starter_path
from core.models.reading import read_folder, starter_spec
from core.settings import from_pairs
from core.tasks import train
from core.tasks.follow import RunEvents
from core.tasks.hardware import detect
from core.tasks.measure import measure
from core.worker.command import engine_environment

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not probe().gpus, reason="there is no NVIDIA card here"),
]

WIDE = {"hidden_size": 1024, "intermediate_size": 2816, "num_hidden_layers": 12, "num_attention_heads": 16}
FULL = ("packing=true", "max_seq_length=512", "per_device_batch_size=4", "gradient_accumulation_steps=2")
RANDOM_WEIGHTS = """
import sys, torch
from transformers import AutoConfig, AutoModelForCausalLM

torch.manual_seed(1)
AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(sys.argv[1])).bfloat16().save_pretrained(sys.argv[1])
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model of about 140M parameters with random weights and the starter's tokenizer."""
    folder = tmp_path / "model"
    shutil.copytree(starter_path(), folder)
    write_json(folder / "config.json", read_json_object(folder / "config.json") | WIDE)
    subprocess.run([sys.executable, "-c", RANDOM_WEIGHTS, str(folder)], check=True, env=engine_environment())
    return folder


@pytest.mark.parametrize(
    "pairs",
    [
        ("quantization=nf4", "gradient_checkpointing=true"),
        ("quantization=none", "gradient_checkpointing=false"),
        ("quantization=int8", "gradient_checkpointing=true", "optimizer=adamw_8bit"),
    ],
    ids=lambda pairs: str(pairs[0]),
)
def test_the_measured_peak_and_speed_are_those_of_the_training(
    model: Path, pairs: tuple[str, ...], record_property: Callable[[str, object], None]
) -> None:
    settings = from_pairs([*pairs, *FULL, "compute_dtype=bf16", "max_steps=12"])
    spec, machine = read_folder(model), plan_for(detect())
    measurement = measure(spec, settings, machine)
    assert (measurement.on_card, measurement.layers, measurement.layers_built) == (True, 12, 2)
    promised = measured_plan(your_plan(spec, machine, settings), measurement, machine)
    assert sum(promised.memory.terms.values()) == promised.memory.total_bytes
    job = TrainingJob(
        model=ModelRef(source="folder", id=str(model), path=str(model)),
        dataset=DatasetRef(source="sample", path=str(sample_path())),
        settings=settings,
    )
    events = list(RunEvents(train.start(job, promised)))
    last = events[-1]
    assert isinstance(last, Finished) and last.state == "finished"
    peak_bytes = max(event.process_peak_bytes for event in events if isinstance(event, Memory))
    speeds = sorted(event.tokens_per_second for event in events if isinstance(event, Step))
    record_property("peak_bytes", (promised.memory.total_bytes, peak_bytes))
    record_property("tokens_per_second", (promised.speed.tokens_per_second, speeds[len(speeds) // 2]))
    if measurement.context_bytes:
        assert promised.memory.total_bytes == pytest.approx(peak_bytes, rel=0.05)
    assert promised.speed.tokens_per_second == pytest.approx(speeds[len(speeds) // 2], rel=0.25)


def test_a_batch_too_large_for_the_card_says_that_it_ran_out() -> None:
    huge = ("quantization=none", "loss=full", "gradient_checkpointing=false")
    settings = from_pairs([*huge, "per_device_batch_size=1024", "max_seq_length=16384"])
    assert measure(starter_spec(), settings, plan_for(detect())).ran_out
