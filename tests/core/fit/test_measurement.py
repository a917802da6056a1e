"""From few layers to all, by hand; and what a measurement says of a plan."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from core.fit.describe import spare_words
from core.fit.measured import RUN_BYTES, measured_plan, memory_of, speed_of
from core.fit.measurement import MeasuredPoint, Measurement, kinds_to_double, measurement_of
from core.fit.recommend import your_plan
from core.fit.values import FitMachine
from core.models.reading import starter_spec
from core.settings import TrainingSettings

GIB = 2**30
PROCESSOR = FitMachine(
    gpu="",
    memory_total_bytes=16 * GIB,
    memory_usable_bytes=12 * GIB,
    held_bytes=2 * GIB,
    simulated=False,
    is_gpu=False,
    cpu_cores=2,
)


def _point(layers: list[int], of_model: list[int], step: int, **others: Any) -> MeasuredPoint:
    known = {"loading_peak_bytes": 50, "batch_s": [1.0], "besides_s": [0.5]} | others
    return MeasuredPoint(layers=layers, of_model=of_model, step_peak_bytes=step, **known)


def _measurement(*points: MeasuredPoint, on_card: bool = False, context_bytes: int = 10) -> Measurement:
    return measurement_of(
        points,
        on_card=on_card,
        device_name="a device",
        context_bytes=context_bytes,
        tokens=100,
        seconds=1.0,
        versions={},
    )


def test_a_model_of_equal_layers_is_what_is_left_and_all_its_layers() -> None:
    one = _point([1], [10], 130, batch_s=[3.0, 4.0, 3.5], besides_s=[0.5])
    two = _point([2], [10], 150, batch_s=[5.0, 5.0, 5.0], besides_s=[0.75])
    found = _measurement(one, two)
    rest, layer = found.parts
    assert (rest.step_bytes, layer.step_bytes, layer.count) == (110, 20, 10)
    assert (rest.batch_s, layer.batch_s) == (1.0, 2.0)
    assert found.peak_bytes == 110 + 10 * 20
    assert found.batch_low_s == 1.0 + 10 * 2.0
    assert found.batch_s == pytest.approx(21.0 * (3.5 + 5.0) / (3.0 + 5.0))
    assert found.batch_high_s == pytest.approx(21.0 * (4.0 + 5.0) / (3.0 + 5.0))
    assert (found.layers, found.layers_built) == (10, 2)


def test_every_kind_counts_as_often_as_the_model_has_it_and_a_lone_one_belongs_to_the_rest() -> None:
    of_model = [1, 3, 2]
    assert kinds_to_double(of_model) == [1, 2]
    base = _point([1, 1, 1], of_model, 100)
    found = _measurement(base, _point([1, 2, 1], of_model, 107), _point([1, 1, 2], of_model, 130))
    assert [(part.kind, part.step_bytes) for part in found.parts] == [(-1, 63), (1, 7), (2, 30)]
    assert found.peak_bytes == 100 + 2 * 7 + 1 * 30


def test_a_difference_below_nothing_is_noise() -> None:
    found = _measurement(_point([1], [5], 100, batch_s=[2.0]), _point([2], [5], 99, batch_s=[1.5]))
    assert (found.peak_bytes, found.batch_low_s) == (100, 2.0)


def test_loading_counts_where_it_takes_more_than_training() -> None:
    one = _point([1], [10], 130, loading_peak_bytes=200)
    found = _measurement(one, _point([2], [10], 140, loading_peak_bytes=250))
    assert found.peak_bytes == 150 + 10 * 50


def test_on_a_card_the_allocated_bytes_grow_with_the_layers_and_the_gaps_do_not() -> None:
    one = _point([1], [4], 120, loading_peak_bytes=10, allocated_peak_bytes=100)
    two = _point([2], [4], 160, loading_peak_bytes=10, allocated_peak_bytes=130)
    found = _measurement(one, two, on_card=True, context_bytes=7)
    assert found.allocated_peak_bytes == 70 + 4 * 30
    assert found.peak_bytes == 190 + (160 - 130) + 7


def test_the_terms_add_up_whatever_was_measured() -> None:
    earlier = your_plan(starter_spec(), PROCESSOR, TrainingSettings()).memory
    for peak in (earlier.total_bytes * 2, earlier.total_bytes * 3 // 4):
        point = _point([1], [1], peak)
        memory = memory_of(earlier, _measurement(point, context_bytes=earlier.context_bytes))
        assert memory.total_bytes == peak + RUN_BYTES
        assert sum(memory.terms.values()) == memory.total_bytes
        assert min(memory.terms.values()) >= 0
        assert memory.reserved_peak_bytes + memory.context_bytes == memory.total_bytes


def test_a_context_that_the_driver_does_not_tell_is_the_earlier_depths() -> None:
    earlier = your_plan(starter_spec(), PROCESSOR, TrainingSettings()).memory
    point = _point([1], [1], GIB, allocated_peak_bytes=GIB // 2)
    memory = memory_of(earlier, _measurement(point, on_card=True, context_bytes=0))
    assert memory.context_bytes == earlier.context_bytes
    assert memory.total_bytes == GIB + earlier.context_bytes == sum(memory.terms.values())


def test_a_step_is_its_micro_batches_and_the_rest() -> None:
    settings = TrainingSettings(gradient_accumulation_steps=4)
    found = _measurement(_point([1], [1], 100, batch_s=[1.0, 2.0, 3.0], besides_s=[0.5]))
    speed = speed_of(found, settings)
    assert speed.tokens_per_second == pytest.approx(400 / (4 * 2.0 + 0.5 * 2.0))
    assert speed.high == pytest.approx(400 / (4 * 1.0 + 1.0))
    assert speed.low == pytest.approx(400 / (4 * 3.0 + 1.0))


def test_the_measured_plan_keeps_the_first_figure_and_says_what_it_takes_now() -> None:
    plan = your_plan(starter_spec(), PROCESSOR, TrainingSettings())
    after = measured_plan(plan, _measurement(_point([1], [1], 13 * GIB)), PROCESSOR)
    assert (plan.verdict, after.verdict) == ("fits", "does_not_fit")
    assert after.instant == plan.memory
    assert [figures.depth for figures in after.depths] == ["instant", "measured"]
    assert spare_words(13 * GIB + RUN_BYTES, PROCESSOR) in after.reasons
    assert spare_words(plan.memory.total_bytes, PROCESSOR) not in after.reasons


def test_memory_that_ran_out_is_an_answer() -> None:
    found = _measurement(msgspec.structs.replace(_point([1], [9], 0), batch_s=[], besides_s=[], ran_out=True))
    plan = your_plan(starter_spec(), PROCESSOR, TrainingSettings())
    after = measured_plan(plan, found, PROCESSOR)
    assert after.verdict == "does_not_fit"
    assert after.memory == plan.memory
    assert any("1 of its 9 layers" in reason for reason in after.reasons)
