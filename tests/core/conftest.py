"""Runs for tests: one that is new, and one that was trained once for the whole session."""

from __future__ import annotations

import pytest

from core.job import DatasetRef, ModelRef, TrainingJob
from core.runs.run import Run
from core.runs.store import RunStore
from core.settings import TrainingSettings

JOB = TrainingJob(
    model=ModelRef(source="starter", id="starter"),
    dataset=DatasetRef(source="sample", path="sample"),
    settings=TrainingSettings(
        quantization="none", compute_dtype="fp32", per_device_batch_size=8, gradient_accumulation_steps=1
    ),
)


@pytest.fixture
def new_run() -> Run:
    """A run of the starter on the sample data that no worker has touched."""
    return RunStore().create(JOB)
