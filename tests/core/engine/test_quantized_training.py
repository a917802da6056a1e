from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from core.engine.train import work
from core.events import Finished, Started
from tests.core.engine.conftest import new_run, of_type, steps_of


@pytest.mark.parametrize(
    ("settings", "dtype"),
    [
        (
            ("quantization=nf4", "compute_dtype=bf16", "gradient_checkpointing=true", "optimizer=adamw_8bit"),
            torch.float32,
        ),
        (("quantization=nf4", "compute_dtype=fp32", "adapter_dtype=bf16", "packing=true"), torch.bfloat16),
        (("quantization=int8", "compute_dtype=bf16", "loss=full", "optimizer=paged_adamw_8bit"), torch.float32),
    ],
    ids=["nf4", "nf4-bf16-adapter-packed", "int8"],
)
def test_a_quantised_base_trains(settings: tuple[str, ...], dtype: torch.dtype, runs_root: Path, starter: Path) -> None:
    run = new_run(runs_root, "max_steps=2", "validation_share=0", *settings)
    assert work(run.path) == 0
    assert all(math.isfinite(step.loss) and step.grad_norm > 0 for step in steps_of(run))
    last = run.events()[-1]
    assert isinstance(last, Finished) and last.steps == 2
    whole = sum(tensor.numel() for tensor in load_file(starter / "model.safetensors").values())
    assert of_type(run.events(), Started)[0].parameters == whole
    weights = load_file(run.path / "adapter" / "adapter_model.safetensors")
    assert {tensor.dtype for tensor in weights.values()} == {dtype}
    assert any(bool(tensor.any()) for name, tensor in weights.items() if "lora_B" in name)
