"""The rehearsed peak beside that of real steps, for few of the cases of tests/benchmarks/rehearsal_accuracy.py."""

from __future__ import annotations

import pytest

from core.settings import from_pairs
from tests.benchmarks.rehearsal.compare import Case, compare

COMMON = ("max_seq_length=32", "gradient_accumulation_steps=1")


@pytest.mark.parametrize(
    ("model", "settings"),
    [
        ("llama", ("quantization=nf4", "gradient_accumulation_steps=2", "loss=full", "optimizer=adamw_8bit")),
        ("falcon multi-query", ("quantization=int8", "gradient_checkpointing=false")),
        ("qwen3_moe", ("quantization=nf4", "per_device_batch_size=2")),
        ("gemma3_text", ("quantization=nf4", "per_device_batch_size=2", "padding_free=true")),
        ("gemma3_text", ("quantization=none", "gradient_checkpointing=false", "loss=full")),
    ],
    ids=["nf4 accumulated", "int8 multi-query", "mixture padded", "joined rows", "sliding window tied"],
)
def test_the_peak_and_every_term_equal_those_of_real_steps(model: str, settings: tuple[str, ...]) -> None:
    found = compare(Case(model, from_pairs([*COMMON, *settings])), whole=False)
    assert found["equal"], found["why"]
    assert found["layers_built"] < found["layers"]
