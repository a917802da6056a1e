"""A real measurement on this processor."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from core import paths
from core.engine.measuring import measure, steps
from core.events import AnyEvent, Measured
from core.fit.measurement import Measurement
from core.requests import MeasureRequest
from core.settings import TrainingSettings, from_pairs

TINY: dict[str, Any] = {
    "model_type": "llama",
    "vocab_size": 128,
    "hidden_size": 128,
    "intermediate_size": 128,
    "num_hidden_layers": 4,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
}
SHORT = ("max_seq_length=32", "per_device_batch_size=2", "gradient_accumulation_steps=4")


def _measured(settings: TrainingSettings, config: dict[str, Any] = TINY) -> Measurement:
    events: list[AnyEvent] = []
    measure.run(MeasureRequest(config=config, settings=settings, device="cpu"), events.append)
    assert isinstance(events[-1], Measured)
    return events[-1].measurement


def test_one_and_two_of_four_layers_are_trained_for_real(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "TIMED", 2)
    found = _measured(from_pairs(["quantization=nf4", "padding_free=true", *SHORT]))
    assert (found.layers, found.layers_built, found.on_card, found.ran_out) == (4, 2, False, False)
    assert [(part.kind, part.count) for part in found.parts] == [(-1, 1), (0, 4)]
    assert found.peak_bytes >= found.context_bytes > 0
    assert 0 < found.batch_low_s <= found.batch_s <= found.batch_high_s < 60
    assert found.tokens == 64
    assert found.device_name and found.versions["torch"] and found.seconds > 0
    assert not (paths.cache_dir() / "measuring").exists()


def test_memory_that_runs_out_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def out_of_memory(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(measure, "train", out_of_memory)
    found = _measured(from_pairs(["quantization=none", *SHORT]))
    assert found.ran_out
    assert (found.parts, found.peak_bytes, found.layers_built) == ([], 0, 1)


def test_what_a_killed_measurement_left_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    left = paths.ensure_dir(paths.cache_dir() / "measuring" / "two-0")
    (left / "model.safetensors").write_bytes(b"left")
    seen: list[bool] = []

    def look(*_: object) -> None:
        seen.append(left.exists())
        raise MemoryError

    monkeypatch.setattr(measure, "load", look)
    _measured(from_pairs(["quantization=none", *SHORT]))
    assert seen == [False]


def test_the_batches_are_full_and_padded_as_in_a_training() -> None:
    padded = TrainingSettings(per_device_batch_size=2, max_seq_length=16)
    batches = list(steps.Batches(padded, 3, 100))
    assert len(batches) == 3
    assert batches[0]["attention_mask"].sum() == 31
    assert (batches[0]["labels"] == -100).sum() == 1
    assert not batches[0]["input_ids"].equal(batches[1]["input_ids"])
    joined = next(iter(steps.Batches(padded.changed(padding_free=True), 1, 100)))
    assert joined["position_ids"].tolist() == [[*range(16), *range(16)]]
    assert (joined["document_lengths"], joined["cu_seq_lens_q"].tolist()) == ((16, 16), [0, 16, 32])


def test_a_slow_machine_is_spared_further_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    counts: list[int] = []

    def counted(*arguments: Any) -> steps.Timings:
        timings = steps.train(*arguments)
        counts.append(len(timings.besides_s))
        return timings

    monkeypatch.setattr(steps, "BUDGET_S", 0.0)
    monkeypatch.setattr(measure, "train", counted)
    _measured(from_pairs(["quantization=none", *SHORT]))
    assert counts == [steps.FEWEST_TIMED, steps.FEWEST_TIMED]
