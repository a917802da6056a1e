from __future__ import annotations

import pytest
from msgspec.structs import replace

from core.fit import rules
from core.fit.describe import sentence
from core.fit.machine import plan_for
from core.fit.reasons import ONE_CARD
from core.fit.recommend import best_verdict, recommend, wanted_settings, your_plan
from core.fit.search import Adapter, Search
from core.fit.values import DataLengths
from core.hardware.machine import GIB
from core.models import catalogue
from core.models.reading import starter_spec
from core.settings import TrainingSettings
from tests.core.effort import yardsticks
from tests.core.fit.conftest import a_card, a_machine

SHORT = DataLengths(lengths=[40 + number % 20 for number in range(400)])


def test_the_starter_on_the_sample_needs_no_tricks_without_a_card(no_card):
    found = recommend(starter_spec(), no_card, SHORT)
    settings = found.plans[0].settings
    assert found.verdict == "fits"
    assert [plan.name for plan in found.plans] == ["best_quality", "fastest", "leanest"]
    assert (settings.quantization, settings.compute_dtype) == ("none", "fp32")
    assert (settings.lora_rank, settings.lora_alpha) == (16, 32)
    assert (settings.per_device_batch_size, settings.gradient_accumulation_steps) == (8, 1)
    assert not settings.gradient_checkpointing
    assert settings.max_seq_length == 64
    assert settings.epochs == rules.epochs_for(400, starter_spec()) > 1


def test_an_8b_fits_a_24_gib_card_and_a_70b_does_not(rtx_3090):
    fits = recommend(catalogue.spec_of("llama-3.1-8b-instruct"), rtx_3090)
    assert fits.verdict == "fits"
    assert fits.alternatives == []
    assert sentence(fits).startswith("Llama 3.1 8B Instruct fits an RTX 3090 with ")
    too_large = recommend(catalogue.spec_of("llama-3.3-70b-instruct"), rtx_3090)
    assert too_large.verdict == "does_not_fit"
    assert "does not fit" in sentence(too_large)
    assert "even with the leanest settings" in sentence(too_large)
    assert [plan.name for plan in too_large.plans] == ["leanest"]
    kinds = [alternative.kind for alternative in too_large.alternatives]
    assert set(kinds) == {"setting", "smaller_model", "bigger_card", "rent", "api"}


@pytest.mark.parametrize("name", ["llama-3.1-8b-instruct", "llama-2-13b-chat", "qwen2.5-0.5b-instruct"])
def test_leanest_is_least_and_fastest_is_fastest_and_all_fit(name, rtx_3090):
    plans = {plan.name: plan for plan in recommend(catalogue.spec_of(name), rtx_3090).plans}
    assert all(plan.verdict != "does_not_fit" and plan.reasons for plan in plans.values())
    assert plans["leanest"].memory.total_bytes == min(plan.memory.total_bytes for plan in plans.values())
    assert plans["fastest"].speed.tokens_per_second >= plans["best_quality"].speed.tokens_per_second
    assert plans["fastest"].settings.lora_rank == plans["best_quality"].settings.lora_rank == 16
    assert plans["fastest"].settings.lora_targets == plans["best_quality"].settings.lora_targets == "all-linear"
    assert plans["leanest"].settings.max_seq_length == plans["best_quality"].settings.max_seq_length


def test_the_longest_sequence_covers_nearly_every_row_and_the_cut_ones_are_counted(rtx_3090):
    lengths = DataLengths(lengths=[500] * 990 + [9000] * 10)
    found = recommend(catalogue.spec_of("llama-3.2-1b-instruct"), rtx_3090, lengths)
    assert found.plans[0].settings.max_seq_length == 512
    assert any("10 are cut off" in reason for reason in found.plans[0].reasons)
    assert not any("Memory is counted" in reason for reason in found.plans[0].reasons)


def test_a_format_that_the_card_lacks_is_said():
    turing = plan_for(a_machine(), "RTX 2060")
    spec = catalogue.spec_of("llama-3.2-1b-instruct")
    for dtype, said in (("bf16", True), ("fp16", False)):
        plan = your_plan(spec, turing, TrainingSettings(compute_dtype=dtype))
        assert any("RTX 2060 cannot compute in bf16" in reason for reason in plan.reasons) is said


def test_shorter_rows_than_the_limit_are_counted_as_they_are_and_that_is_said(rtx_3090):
    found = recommend(catalogue.spec_of("llama-3.2-1b-instruct"), rtx_3090, DataLengths(lengths=[300] * 50)).plans[0]
    assert found.memory.row_tokens == 300 < found.settings.max_seq_length
    assert "Memory is counted for the longest row of your data, 300 tokens." in found.reasons
    joined = found.settings.changed(padding_free=True, per_device_batch_size=2)
    yours = your_plan(catalogue.spec_of("llama-3.2-1b-instruct"), rtx_3090, joined, DataLengths(lengths=[40, 20, 300]))
    assert "longest rows of your data together, 170 tokens each on average." in " ".join(yours.reasons)


def test_long_rows_are_cut_where_they_do_not_fit():
    small = plan_for(a_machine(), "RTX 3060", 8)
    found = recommend(catalogue.spec_of("llama-3.1-8b-instruct"), small, DataLengths(lengths=[30_000] * 200))
    assert found.verdict != "does_not_fit"
    assert found.plans[0].settings.max_seq_length < 30_000


def test_settings_that_a_person_gave_are_the_one_plan_whether_they_fit_or_not(rtx_3090):
    settings = TrainingSettings(quantization="none", loss="full", max_seq_length=16_384)
    found = recommend(catalogue.spec_of("llama-3.1-8b-instruct"), rtx_3090, pinned=settings)
    assert [(plan.name, plan.settings) for plan in found.plans] == [("yours", settings)]
    assert found.verdict == "does_not_fit"
    assert all(settings.changed(**fix.changes) != settings for fix in found.alternatives if fix.kind == "setting")


def test_an_old_card_computes_in_fp16_and_a_new_one_in_bf16():
    spec = catalogue.spec_of("llama-3.2-1b-instruct")
    for name, dtype in (("RTX 2080 Ti", "fp16"), ("RTX 3090", "bf16")):
        assert recommend(spec, plan_for(a_machine(), name)).plans[0].settings.compute_dtype == dtype


def test_gemma_2_gets_the_attention_that_it_can_be_trained_with(rtx_3090):
    assert recommend(catalogue.spec_of("gemma-2-2b-it"), rtx_3090).plans[0].settings.attention == "eager"


def test_with_less_than_a_twentieth_to_spare_a_plan_is_tight(rtx_3090):
    usable = rtx_3090.memory_usable_bytes
    assert rules.verdict(usable + 1, rtx_3090) == "does_not_fit"
    assert rules.verdict(usable, rtx_3090) == "tight"
    assert rules.verdict(int(0.96 * usable), rtx_3090) == "tight"
    assert rules.verdict(int(0.94 * usable), rtx_3090) == "fits"


def test_a_model_too_large_for_half_of_the_ram_is_quantised_without_a_card():
    spec = catalogue.spec_of("qwen2.5-1.5b-instruct")
    found = recommend(spec, plan_for(a_machine()), SHORT)
    assert found.plans[0].settings.quantization == "nf4"
    roomy = plan_for(a_machine(ram_total_bytes=64 * GIB, ram_available_bytes=60 * GIB))
    assert recommend(spec, roomy, SHORT).plans[0].settings.quantization == "none"


def test_the_learning_rate_follows_the_models_width():
    assert rules.learning_rate_for(catalogue.spec_of("llama-3.1-8b-instruct")) == 2.9e-4
    assert rules.learning_rate_for(catalogue.spec_of("llama-3.2-1b-instruct")) == 4.9e-4


def test_your_own_card_is_called_yours():
    found = recommend(catalogue.spec_of("llama-3.1-8b-instruct"), plan_for(a_machine(gpus=[a_card()])))
    assert " fits your RTX 3090 with " in sentence(found)


def test_a_recommendation_is_quick(rtx_3090):
    spec = catalogue.spec_of("llama-3.1-8b-instruct")
    assert yardsticks(lambda: recommend(spec, rtx_3090)) < 80


def test_where_the_wanted_length_does_not_fit_a_shorter_one_is_taken_and_the_reason_said():
    small = plan_for(a_machine(), "RTX 3070")
    found = recommend(catalogue.spec_of("llama-3.1-8b-instruct"), small, DataLengths(lengths=[30_000] * 200))
    settings = found.plans[0].settings
    assert settings.max_seq_length in rules.shorter_lengths(30_016)
    assert (settings.lora_targets, settings.lora_rank) == ("all-linear", 16)
    assert any("because 30,016 do not fit" in reason for reason in found.plans[0].reasons)


def test_before_the_length_an_adapter_gives_up_some_of_its_rank_and_says_so(rtx_3090):
    spec = catalogue.spec_of("llama-3.1-8b-instruct")
    search = Search(spec, rtx_3090, wanted_settings(spec, rtx_3090, None))
    lean = [search.memory(search.leanest(search.at(2048, Adapter("all-linear", rank)))).total_bytes for rank in (8, 16)]
    between = replace(rtx_3090, memory_usable_bytes=int(sum(lean) / 2 / (1 - rules.TIGHT_MARGIN)))
    plan = recommend(spec, between).plans[0]
    assert (plan.settings.lora_rank, plan.settings.lora_targets, plan.settings.max_seq_length) == (
        8,
        "all-linear",
        2048,
    )
    assert "Rank 8 instead of 16, to save room." in plan.reasons


def test_with_a_data_set_every_plan_has_its_time_and_cost(rtx_3090):
    for plan in recommend(catalogue.spec_of("llama-3.1-8b-instruct"), rtx_3090, SHORT).plans:
        assert plan.duration is not None and plan.cost is not None
        assert plan.duration.low_s < plan.duration.seconds < plan.duration.high_s
        assert plan.cost.electricity is not None and plan.cost.rented and plan.cost.api
    without = recommend(catalogue.spec_of("llama-3.1-8b-instruct"), rtx_3090).plans[0]
    assert (without.duration, without.cost) == (None, None)


def test_a_mixture_is_counted_whole_and_said_to_be(rtx_3090):
    found = recommend(catalogue.spec_of("mixtral-8x7b-instruct"), rtx_3090)
    reasons = " ".join(found.plans[0].reasons)
    assert "A token meets 13B of the 47B parameters" in reasons
    assert "all 47B must be on the card" in reasons
    assert "stay in 16 bits" in reasons


def test_scout_on_a_home_card_is_counted_with_all_its_experts(rtx_3090):
    found = recommend(catalogue.spec_of("llama-4-scout-instruct"), rtx_3090)
    assert found.verdict == "does_not_fit"
    reasons = " ".join(found.plans[0].reasons)
    assert "A token meets 17B of the 109B parameters" in reasons
    assert "all 109B must be on the card" in reasons
    assert "stay in 16 bits" in reasons
    assert {one.kind for one in found.alternatives} == {"setting", "smaller_model", "bigger_card", "rent", "api"}


def test_of_two_cards_it_is_said_how_they_are_counted():
    two = plan_for(a_machine(), "2x RTX 3090")
    assert ONE_CARD.format(count="two") in recommend(catalogue.spec_of("llama-3.1-8b-instruct"), two).plans[0].reasons


@pytest.mark.parametrize("name", ["llama-3.1-8b-instruct", "llama-3.3-70b-instruct", "qwen2.5-0.5b-instruct"])
def test_a_list_shows_the_verdict_of_the_whole_recommendation(name, rtx_3090, no_card):
    for machine in (rtx_3090, no_card):
        spec = catalogue.spec_of(name)
        assert best_verdict(spec, machine) == recommend(spec, machine).verdict
