from __future__ import annotations

import msgspec
import pytest

from core.fit.estimate import estimate
from core.models import catalogue
from core.settings import TrainingSettings

MODELS = ("llama-3.1-8b-instruct", "gemma-3-4b-it", "qwen3-30b-a3b", "gpt-oss-20b", "phi-2", "falcon-7b-instruct")
PLAINS = (
    {},
    {"gradient_checkpointing": False},
    {"loss": "full", "optimizer": "adamw_8bit"},
    {"quantization": "none", "packing": True},
    {"quantization": "int8", "adapter_dtype": "bf16"},
)
STEPS = {
    "max_seq_length": (512, 1024, 1500, 2048, 4096, 8192, 32_768),
    "per_device_batch_size": (1, 2, 3, 4, 8),
    "lora_rank": (8, 16, 32, 64, 128, 256),
}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("plain", PLAINS, ids=str)
@pytest.mark.parametrize("setting", STEPS)
def test_more_never_takes_less(name, plain, setting, rtx_3090):
    spec, settings = catalogue.spec_of(name), TrainingSettings().changed(**plain)
    totals = [estimate(spec, settings.changed(**{setting: step}), rtx_3090).total_bytes for step in STEPS[setting]]
    assert totals == sorted(totals)


@pytest.mark.parametrize("name", MODELS)
def test_two_of_a_card_need_two_contexts(name, rtx_3090):
    two = msgspec.structs.replace(rtx_3090, gpu_count=2)
    alone, together = (estimate(catalogue.spec_of(name), TrainingSettings(), machine) for machine in (rtx_3090, two))
    assert together.context_bytes == 2 * alone.context_bytes
    assert together.terms["allocator"] > alone.terms["allocator"]
    assert sum(together.terms.values()) == together.total_bytes
    assert together.allocated_peak_bytes == alone.allocated_peak_bytes
