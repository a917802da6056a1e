from __future__ import annotations

from typing import Any

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from core.engine.rehearsal.kernels import SCRATCH
from core.engine.rehearsal.rehearse import rehearse
from core.engine.rehearsal.work import work_of
from core.settings import TrainingSettings
from tests.benchmarks.rehearsal.small_models import COMMON, config_of

TOKENS, RANK = 32, 16
bnb, tunesmith = torch.ops.bitsandbytes, torch.ops.tunesmith


def test_the_matrix_products_of_a_step_are_those_counted_by_hand() -> None:
    settings = TrainingSettings(
        quantization="none",
        max_seq_length=TOKENS,
        lora_rank=RANK,
        gradient_accumulation_steps=1,
        gradient_checkpointing=False,
        loss="full",
    )
    found = rehearse(config_of("llama"), settings, None)
    products = [one for one in found.work if one.work.kind in ("matmul", "matmul_fp32")]
    assert sum(one.work.flops * one.in_batch for one in products) == _counted_by_hand()
    assert not any(one.in_step for one in products)


def _counted_by_hand() -> int:
    """Multiplications and additions: the base forwards and for its inputs' gradients, the adapter forwards, for its
    inputs' and its own gradients. Nothing asks for the gradient of the embeddings, so the first layer's projections
    leave theirs out."""
    width, inner, layers = COMMON["hidden_size"], COMMON["intermediate_size"], COMMON["num_hidden_layers"]
    head = width // COMMON["num_attention_heads"]
    keys = head * COMMON["num_key_value_heads"]
    projections = [(width, width), (width, keys), (width, keys)]
    others = [(width, width), (width, inner), (width, inner), (inner, width)]
    base = layers * sum(2 * TOKENS * one * other for one, other in projections + others)
    adapter = layers * sum(2 * TOKENS * RANK * (one + other) for one, other in projections + others)
    left_out = sum(2 * TOKENS * one * other + 2 * TOKENS * RANK * one for one, other in projections)
    table = 2 * TOKENS * width * COMMON["vocab_size"]
    return 2 * base + 3 * adapter - left_out + 2 * table


@pytest.fixture
def fake() -> Any:
    with FakeTensorMode() as mode:
        yield mode


def test_a_view_is_no_work_and_a_copy_moves_what_it_reads_and_writes(fake: Any) -> None:
    some = torch.empty(64, 64)
    assert work_of(torch.ops.aten.empty.memory_format, ([64, 64],), {}, some) is None
    work = work_of(torch.ops.aten.clone.default, (some,), {}, some.clone())
    assert work is not None and (work.kind, work.flops, work.moved_bytes) == ("memory", 0, 2 * 64 * 64 * 4)


def test_flash_attention_counts_half_of_all_pairs(fake: Any) -> None:
    states = torch.empty(2, 4, 128, 64, dtype=torch.bfloat16)
    work = work_of(tunesmith.flash.default, (states, states, states), {}, states)
    assert work is not None and (work.kind, work.flops) == ("attention", 2 * 2 * 4 * 128 * 128 * 64)


def test_above_1536_rows_a_4_bit_weight_is_unpacked_whole(fake: Any) -> None:
    taken = SCRATCH[bnb.gemm_4bit.default]
    args = (None, [256, 128], None, 64, "nf4", None, torch.empty(2, dtype=torch.uint8))
    few, many = (torch.empty(1, rows, 128, dtype=torch.bfloat16) for rows in (1536, 1537))
    assert list(taken((few, *args), None)) == []
    weights = 256 * 128
    assert list(taken((many, None, *args[1:]), None)) == [2 * weights + 4 * weights // 64]


def test_the_backward_of_flash_attention_sums_in_float32(fake: Any) -> None:
    query, key = (torch.empty(1, heads, 100, 40, dtype=torch.bfloat16) for heads in (4, 2))
    expected = 4 * 4 * 128 * (1 + 64) + 2 * query.nbytes
    assert list(SCRATCH[tunesmith.flash_backward.default]((query, query, key), None)) == [expected]
