"""What a rehearsal says of a plan: terms that add up, and a speed from its operations."""

from __future__ import annotations

import pytest

from core.fit.cards import known_card
from core.fit.describe import spare_words
from core.fit.machine import plan_for_card
from core.fit.recommend import your_plan
from core.fit.rehearsal import Rehearsal, Work, WorkCount
from core.fit.rehearsed import at_speed, memory_of, rehearsed_plan
from core.fit.values import Duration, FitMachine, Speed
from core.fit.worked import KERNEL_S, LAUNCH_S, speed_by_work
from core.models import catalogue
from core.settings import TrainingSettings

GIB = 2**30
CARD = plan_for_card(known_card("RTX 3090"))
PROCESSOR = FitMachine(
    gpu="",
    memory_total_bytes=16 * GIB,
    memory_usable_bytes=12 * GIB,
    held_bytes=2 * GIB,
    simulated=False,
    is_gpu=False,
    cpu_cores=4,
)


def _rehearsal(*work: WorkCount, reserved: int = 8 * GIB) -> Rehearsal:
    terms = {"weights": 5 * GIB, "adapter": GIB, "gradients": GIB, "activations": GIB // 2}
    return Rehearsal(
        terms=terms,
        allocated_peak_bytes=sum(terms.values()),
        reserved_peak_bytes=reserved,
        peak_at="backward: mm.default",
        work=list(work),
        tokens=2048,
        layers=32,
        layers_built=3,
        seconds=1.0,
        versions={},
    )


@pytest.mark.parametrize("machine", [CARD, PROCESSOR])
def test_the_terms_add_up_to_the_total(machine: FitMachine) -> None:
    memory = memory_of(_rehearsal(), TrainingSettings(), machine)
    assert memory.depth == "rehearsed"
    assert sum(memory.terms.values()) == memory.total_bytes
    assert memory.reserved_peak_bytes + memory.context_bytes == memory.total_bytes


def test_on_a_card_the_allocator_holds_what_it_held_in_the_replay() -> None:
    memory = memory_of(_rehearsal(), TrainingSettings(), CARD)
    assert memory.terms["allocator"] == GIB // 2
    assert memory.reserved_peak_bytes == 8 * GIB


def test_two_cards_have_two_contexts() -> None:
    one = memory_of(_rehearsal(), TrainingSettings(), CARD)
    two = memory_of(_rehearsal(), TrainingSettings(), plan_for_card(known_card("RTX 3090"), count=2))
    assert two.context_bytes == 2 * one.context_bytes


def test_a_plan_that_does_not_fit_after_all_says_so_and_keeps_the_instant_figure() -> None:
    plan = your_plan(catalogue.spec_of("llama-3.1-8b-instruct"), CARD, TrainingSettings())
    assert plan.verdict == "fits"
    some = WorkCount(work=Work(kind="matmul", flops=10**12, moved_bytes=10**6), in_batch=1, in_step=0)
    after = rehearsed_plan(plan, _rehearsal(some, reserved=25 * GIB), CARD)
    assert after.verdict == "does_not_fit"
    assert after.instant == plan.memory
    assert [figure.depth for figure in after.depths] == ["instant", "rehearsed"]
    assert [figure.total_bytes for figure in after.depths] == [plan.memory.total_bytes, after.memory.total_bytes]
    assert not set(after.reasons) & {spare_words(plan.memory.total_bytes, CARD)}
    assert spare_words(after.memory.total_bytes, CARD) in after.reasons


def test_a_step_of_few_large_products_is_as_fast_as_the_card_multiplies() -> None:
    product = Work(kind="matmul", flops=10**13, moved_bytes=10**6)
    settings = TrainingSettings(gradient_accumulation_steps=1)
    speed = speed_by_work(_rehearsal(WorkCount(work=product, in_batch=2, in_step=0)), settings, CARD)
    card = known_card("RTX 3090")
    seconds = 2 * 10**13 / (card.tflops_16bit * 1e12 * 0.65)
    assert speed.tokens_per_second == pytest.approx(2048 / seconds)
    assert speed.low < speed.tokens_per_second < speed.high


def test_a_step_of_many_tiny_operations_waits_for_python() -> None:
    tiny = Work(kind="memory", flops=0, moved_bytes=512)
    settings = TrainingSettings(gradient_accumulation_steps=1)
    speed = speed_by_work(_rehearsal(WorkCount(work=tiny, in_batch=10_000, in_step=0)), settings, CARD)
    assert LAUNCH_S > KERNEL_S
    assert speed.tokens_per_second == pytest.approx(2048 / (10_000 * LAUNCH_S))


def test_what_a_step_does_once_weighs_less_the_more_batches_it_has() -> None:
    counted = WorkCount(work=Work(kind="memory", flops=0, moved_bytes=10**9), in_batch=1, in_step=1)
    one = speed_by_work(_rehearsal(counted), TrainingSettings(gradient_accumulation_steps=1), CARD)
    eight = speed_by_work(_rehearsal(counted), TrainingSettings(gradient_accumulation_steps=8), CARD)
    assert eight.tokens_per_second / one.tokens_per_second == pytest.approx(2 / (9 / 8))


def test_a_duration_changes_with_the_speed() -> None:
    duration = Duration(steps=10, tokens=1000, seconds=100.0, low_s=50.0, high_s=200.0)
    before = Speed(tokens_per_second=100.0, low=50.0, high=200.0)
    faster = at_speed(duration, before, Speed(tokens_per_second=200.0, low=200.0, high=200.0))
    assert faster is not None
    assert (faster.steps, faster.seconds, faster.low_s, faster.high_s) == (10, 50.0, 50.0, 50.0)
    assert at_speed(None, before, before) is None
