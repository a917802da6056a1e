"""A finished run on the starter model with a small adapter in PEFT's format, written without torch."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from core.models.reading import starter_spec
from core.runs.run import Run
from tests.desktop.runs_on_disk import make_run

RANK = 4
TARGET = "q_proj"
STRENGTH = 0.6
"""Large enough that the tuned model answers otherwise than the base."""


def make_adapted_run(created: float = 1.79e9) -> Run:
    """The run, in the runs folder of now; its adapter is noise from a fixed seed."""
    run = make_run("finished", created=created)
    write_adapter(run.path / "adapter")
    return run


def write_adapter(folder: Path) -> None:
    spec = starter_spec()
    layer = next(linear for linear in spec.linears if linear.name == TARGET)
    noise = np.random.default_rng(7)
    tensors = {}
    for number in range(spec.layers):
        name = f"base_model.model.model.layers.{number}.self_attn.{TARGET}"
        down = noise.normal(0, STRENGTH, (RANK, layer.in_features))
        up = noise.normal(0, STRENGTH, (layer.out_features, RANK))
        tensors |= {f"{name}.lora_A.weight": down.astype("f4"), f"{name}.lora_B.weight": up.astype("f4")}
    folder.mkdir()
    save_file(tensors, folder / "adapter_model.safetensors")
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": None,
        "r": RANK,
        "lora_alpha": 2 * RANK,
        "target_modules": [TARGET],
    }
    (folder / "adapter_config.json").write_text(json.dumps(config))
