from __future__ import annotations

import bitsandbytes
import pytest
import torch
import trl.kernels.chunked_logprob as chunked

from core.engine.rehearsal import stage
from core.engine.rehearsal.card import as_card
from core.engine.rehearsal.rehearse import rehearse
from core.errors import TunesmithError
from core.fit.rehearsal import RehearsedCard
from core.settings import TrainingSettings
from tests.benchmarks.rehearsal.small_models import config_of

TOKENS = 32
SETTINGS = TrainingSettings(max_seq_length=TOKENS, gradient_accumulation_steps=1)
CARD = RehearsedCard(compute_capability=(8, 6))


@pytest.fixture(scope="module")
def before() -> list[object]:
    return _global_state()


def _global_state() -> list[object]:
    """What a rehearsal replaces while it runs."""
    return [
        torch.get_default_dtype(),
        torch.is_autocast_enabled("cpu"),
        torch.is_autocast_enabled,
        torch.is_grad_enabled(),
        torch._C._len_torch_dispatch_stack(),
        bitsandbytes.matmul,
        chunked._addmm_fp32,
        chunked._use_triton,
        chunked._forward_kernel,
        torch.ones(2, dtype=torch.bfloat16).exp().dtype,
    ]


def test_on_a_card_terms_add_up_and_the_allocator_holds_more_than_is_allocated(before: list[object]) -> None:
    found = rehearse(config_of("llama"), SETTINGS, CARD)
    assert sum(found.terms.values()) == found.allocated_peak_bytes < found.reserved_peak_bytes
    assert (found.layers, found.layers_built, found.tokens) == (6, 3, TOKENS)
    assert _global_state() == before


def test_all_layers_and_few_give_the_same_on_a_card() -> None:
    few = rehearse(config_of("gemma3_text"), SETTINGS, CARD)
    whole = rehearse(config_of("gemma3_text"), SETTINGS, CARD, whole=True)
    assert few.layers_built < whole.layers_built == 6
    assert (few.terms, few.reserved_peak_bytes) == (whole.terms, whole.reserved_peak_bytes)
    counted = [sum(one.work.flops * (one.in_batch + one.in_step) for one in found.work) for found in (few, whole)]
    assert counted[0] == counted[1]


@pytest.mark.parametrize("capability", [(8, 6), (7, 5)])
def test_joined_rows_take_no_more_than_padded_ones_on_any_card(capability: tuple[int, int]) -> None:
    card = RehearsedCard(compute_capability=capability)
    settings = SETTINGS.changed(per_device_batch_size=2, max_seq_length=512)
    padded = rehearse(config_of("llama"), settings, card)
    joined = rehearse(config_of("llama"), settings.changed(padding_free=True), card)
    assert 0.5 * padded.allocated_peak_bytes < joined.allocated_peak_bytes < padded.allocated_peak_bytes
    attention = [
        sum(one.work.flops for one in found.work if one.work.kind == "attention") for found in (padded, joined)
    ]
    assert attention[1] > 0


def test_a_kind_of_model_that_transformers_does_not_know_is_named() -> None:
    with pytest.raises(TunesmithError) as caught:
        rehearse({"model_type": "never-made"}, SETTINGS, CARD)
    assert caught.value.code == "rehearsal.unknown_model" and caught.value.where == "never-made"


def test_a_step_that_stops_says_where_and_leaves_nothing_replaced(
    before: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise ZeroDivisionError("no such kernel")

    monkeypatch.setattr(stage.RehearsedTrainer, "compute_loss", stop)
    with pytest.raises(TunesmithError) as caught:
        rehearse(config_of("llama"), SETTINGS, CARD)
    assert caught.value.code == "rehearsal.failed" and "no such kernel" in caught.value.why
    assert _global_state() == before


def test_only_within_as_card_does_the_processor_cast_as_a_card_does() -> None:
    half = torch.ones(2, dtype=torch.bfloat16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert half.exp().dtype is torch.bfloat16
        with as_card(CARD.compute_capability, triton=True):
            assert half.exp().dtype is torch.float32
            assert chunked._use_triton(half.device)
        assert half.exp().dtype is torch.bfloat16
    assert not chunked._use_triton(half.device)
