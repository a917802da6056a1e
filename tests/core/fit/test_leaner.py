"""What a run changes by itself when memory runs out: as little as suffices, and nothing that changes what it learns."""

from __future__ import annotations

from typing import Any

import pytest

from core.fit.estimate import estimate
from core.fit.leaner import leaner
from core.fit.values import FitMachine
from core.models import catalogue
from core.settings import TrainingSettings

GIB = 2**30
SPEC = catalogue.spec_of("llama-3.1-8b-instruct")


def changes(machine: FitMachine, short_bytes: int, *, keeps_optimizer: bool = True, **settings: Any) -> dict[str, Any]:
    chosen = TrainingSettings(max_seq_length=2048, **settings)
    plan = leaner(SPEC, chosen, machine, short_bytes, keeps_optimizer=keeps_optimizer)
    if plan is None:
        return {}
    after = chosen.changed(**plan.changes)
    saved = estimate(SPEC, chosen, machine).total_bytes - estimate(SPEC, after, machine).total_bytes
    assert plan.saves_bytes == saved > 0
    return plan.changes


def test_half_the_rows_at_once_and_twice_as_often_comes_first(rtx_3090: FitMachine) -> None:
    found = changes(rtx_3090, 1, per_device_batch_size=8, gradient_accumulation_steps=2)
    assert found == {"per_device_batch_size": 4, "gradient_accumulation_steps": 4}


def test_the_more_is_short_the_more_is_changed(rtx_3090: FitMachine) -> None:
    batch = {"per_device_batch_size": 8, "gradient_accumulation_steps": 2, "gradient_checkpointing": False}
    some, more = (changes(rtx_3090, short, **batch) for short in (1, 500 * GIB))
    assert "gradient_checkpointing" not in some
    assert more["per_device_batch_size"] == 1 and more["gradient_checkpointing"] is True


@pytest.mark.parametrize("rows", [3, 5, 6, 7])
def test_a_step_sees_as_many_rows_as_before(rtx_3090: FitMachine, rows: int) -> None:
    found = changes(rtx_3090, 1, per_device_batch_size=rows, gradient_accumulation_steps=2)
    assert found["per_device_batch_size"] * found["gradient_accumulation_steps"] == 2 * rows


def test_of_one_row_the_layers_are_forgotten_and_the_loss_is_cut_into_pieces(rtx_3090: FitMachine) -> None:
    assert changes(rtx_3090, 1, gradient_checkpointing=False) == {"gradient_checkpointing": True}
    assert changes(rtx_3090, 1, loss="full") == {"loss": "fused"}


def test_the_optimiser_is_changed_only_before_it_has_a_state(rtx_3090: FitMachine) -> None:
    assert changes(rtx_3090, 500 * GIB, lora_rank=256, keeps_optimizer=True) == {}
    found = changes(rtx_3090, 500 * GIB, lora_rank=256, keeps_optimizer=False)
    assert set(found) == {"optimizer"} and found["optimizer"].endswith("8bit")
