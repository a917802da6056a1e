"""What the search decides is what trying everything would."""

from __future__ import annotations

from itertools import product

import pytest

from core.fit.cards import known_card
from core.fit.estimate import estimate
from core.fit.machine import plan_for_card
from core.fit.recommend import search_plans, wanted_settings
from core.fit.rows import Rows
from core.fit.search import MICRO_BATCHES, Search
from core.fit.values import FitMachine
from core.models import catalogue
from tests.core.effort import yardsticks

GIB = 2**30


def a_search(machine: FitMachine, name: str = "llama-3.1-8b-instruct") -> Search:
    spec = catalogue.spec_of(name)
    return Search(spec, machine, wanted_settings(spec, machine, None))


@pytest.mark.parametrize("limit_gib", [8, 11, 16, 22])
def test_the_fastest_that_was_found_is_the_fastest_of_all(rtx_3090: FitMachine, limit_gib: int) -> None:
    search, limit = a_search(rtx_3090), limit_gib * GIB
    found = search.best(search.adapters()[:1], 2048, limit)
    assert found is not None
    quick = search.fastest(found, limit)
    every = [
        found.changed(
            quantization=method,
            gradient_checkpointing=again,
            loss=loss,
            per_device_batch_size=micro,
            gradient_accumulation_steps=16 // micro,
        )
        for method, again, loss, micro in product(
            ("none", "int8", "nf4"), (False, True), ("fused", "full"), MICRO_BATCHES
        )
    ]
    within = [one for one in every if estimate(search.spec, one, rtx_3090).total_bytes <= limit]
    assert search.memory(quick).total_bytes <= limit
    assert search.seconds_a_row(quick) == min(search.seconds_a_row(one) for one in within)


def test_the_leanest_is_no_more_than_any_other_with_its_adapter(rtx_3090: FitMachine) -> None:
    search = a_search(rtx_3090)
    start = search.at(1024, search.adapters()[0])
    least = search.memory(search.leanest(start)).total_bytes
    for changes in ({"quantization": "nf4"}, {"optimizer": "adamw_8bit"}, {"adapter_dtype": "bf16"}, {"loss": "full"}):
        assert least <= estimate(search.spec, start.changed(**changes), rtx_3090).total_bytes


def test_what_learns_more_is_tried_first(rtx_3090: FitMachine) -> None:
    adapters = a_search(rtx_3090).adapters()
    assert [(one.targets == "all-linear", one.rank) for one in adapters] == [
        (True, 16), (True, 8), (False, 16), (False, 8),
    ]  # fmt: skip
    assert adapters[-1].targets == "k_proj,o_proj,q_proj,v_proj"


def test_more_memory_never_means_a_poorer_plan(rtx_3090: FitMachine) -> None:
    search = a_search(rtx_3090)
    before = -1
    for gib in range(7, 24):
        found = search.best(search.adapters(), 2048, gib * GIB)
        if found is None:
            assert before < 0
            continue
        worth = found.lora_rank + 100 * (found.lora_targets == "all-linear") + 1000 * (found.quantization == "none")
        assert worth >= before
        before = worth


def test_few_estimates_decide_many_settings(rtx_3090: FitMachine) -> None:
    search = a_search(rtx_3090)
    found = search.best(search.adapters(), 2048, 20 * GIB)
    assert found is not None
    search.fastest(found, 20 * GIB)
    assert search.decided > 200
    assert search.estimates < 200


def test_padding_counts_against_many_rows_at_once(rtx_3090: FitMachine) -> None:
    spec = catalogue.spec_of("llama-3.1-8b-instruct")
    rows = Rows([100] * 90 + [2000] * 10)
    search = Search(spec, rtx_3090, wanted_settings(spec, rtx_3090, rows), rows)
    one = search.base.changed(per_device_batch_size=1, max_seq_length=2048, padding_free=False)
    many = one.changed(per_device_batch_size=8)
    assert search.seconds_a_row(many) > search.seconds_a_row(one)
    assert search.seconds_a_row(many.changed(padding_free=True)) < search.seconds_a_row(one)
    assert search.seconds_a_row(many.changed(group_by_length=True)) < search.seconds_a_row(one)


def test_rows_are_joined_where_the_model_can_and_grouped_where_it_cannot(rtx_3090: FitMachine) -> None:
    assert search_plans(a_search(rtx_3090))["best_quality"].padding_free
    for name in ("falcon-7b-instruct", "qwen3.5-2b", "gemma-2-2b-it"):
        for plan in search_plans(a_search(rtx_3090, name)).values():
            assert not plan.padding_free
            assert plan.group_by_length == (plan.per_device_batch_size > 1)


def test_a_search_over_many_lengths_stays_far_below_its_time() -> None:
    """1,000 settings in under 0.3 s is the aim; the benchmark measures it over the whole catalogue."""
    spec, machine = catalogue.spec_of("phi-4"), plan_for_card(known_card("RTX 3060"))
    rows = Rows([14_000 + number for number in range(100)])
    search = Search(spec, machine, wanted_settings(spec, machine, rows), rows)
    found = search_plans(search)
    assert found["best_quality"].max_seq_length < 14_000
    assert search.decided > 1000
    assert search.estimates < 1000
    assert yardsticks(lambda: search_plans(Search(spec, machine, search.base, rows))) / search.decided < 0.1
