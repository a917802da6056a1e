"""What is plotted is what the log says, also of a run that was resumed."""

from __future__ import annotations

import math

import numpy as np

from core.events import Memory, Started, Step, Validation
from core.runs.curves import RunCurves
from core.runs.smoothing import Smoothed
from core.runs.table import Table


def step(number: int, loss: float) -> Step:
    return Step(
        step=number,
        epoch=0.0,
        loss=loss,
        learning_rate=1e-4,
        grad_norm=1.0,
        tokens=number,
        tokens_per_second=100.0 + number,
        seconds=1.0,
        left_s=1.0,
    )


def memory(number: int, *, card_bytes: int = 0) -> Memory:
    return Memory(
        step=number,
        device_used_bytes=card_bytes and card_bytes - 1,
        device_total_bytes=card_bytes,
        process_bytes=1000 + number,
        process_peak_bytes=2000,
        ram_used_bytes=5000,
        ram_total_bytes=9000,
    )


def resumed(at: int) -> Started:
    return Started(
        run="r",
        device="cpu",
        device_name="cpu",
        steps_total=100,
        epochs=1.0,
        train_rows=1,
        validation_rows=1,
        trainable_parameters=1,
        parameters=1,
        resumed_from=at,
    )


def test_ten_thousand_points_stay_exact_and_in_order() -> None:
    table = Table(("x", "y"))
    for number in range(10_000):
        table.add(number, number / 7)
    assert table["x"].tolist() == [float(number) for number in range(10_000)]
    assert table["y"].tolist() == [number / 7 for number in range(10_000)]
    assert table.last("y") == 9999 / 7 and table.cuts == 0


def test_a_resumed_run_replaces_what_it_computes_again() -> None:
    curves = RunCurves()
    curves.add([step(number, 10.0 + number) for number in range(1, 8)])
    curves.add([Validation(step=4, loss=3.0), Validation(step=7, loss=2.9), memory(7)])
    curves.add([resumed(5), step(6, 1.0), step(7, 0.5)])
    assert curves.steps["step"].tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert curves.steps["loss"].tolist() == [11, 12, 13, 14, 15, 1.0, 0.5]
    assert curves.steps["tokens"].tolist() == [1, 3, 6, 10, 15, 21, 28]
    assert curves.validation["step"].tolist() == [4]
    assert len(curves.memory) == 0
    assert curves.steps.cuts == 1


def test_a_step_that_is_said_again_counts_in_its_later_form() -> None:
    curves = RunCurves()
    curves.add([step(1, 3.0), step(2, 2.0), step(2, 1.0)])
    assert curves.steps["loss"].tolist() == [3.0, 1.0]
    assert curves.steps["tokens"].tolist() == [1.0, 3.0]


def averages(values: list[float], keep: float) -> list[float]:
    """As Adam's paper writes it, one value after the other."""
    made, average, weight = [], 0.0, 0.0
    for value in values:
        if math.isfinite(value):
            average, weight = keep * average + (1 - keep) * value, keep * weight + (1 - keep)
        made.append(average / weight)
    return made


def test_smoothing_is_the_corrected_average_whatever_the_bites_it_comes_in() -> None:
    values = [2.0 + math.sin(number) / (1 + number / 50) for number in range(2000)]
    values[700] = math.nan
    for keep in (0.3, 0.8, 0.999):
        whole, bites = Smoothed(keep), Smoothed(keep)
        for end in (1, 2, 511, 512, 513, 1900, 2000):
            bitten = bites.of(np.array(values[:end]))
        np.testing.assert_allclose(whole.of(np.array(values)), averages(values, keep), rtol=1e-9)
        np.testing.assert_allclose(bitten, averages(values, keep), rtol=1e-9)
    assert Smoothed(0.0).of(np.array(values[:9])).tolist() == values[:9]


def test_smoothing_forgets_what_was_replaced() -> None:
    smoothed = Smoothed(0.8)
    smoothed.of(np.array([3.0, 9.0, 9.0]), cuts=0)
    again = smoothed.of(np.array([3.0, 2.0, 1.0]), cuts=1)
    np.testing.assert_allclose(again, averages([3.0, 2.0, 1.0], 0.8))


def test_without_a_card_only_ram_is_drawn() -> None:
    curves = RunCurves()
    curves.add([memory(1)])
    assert np.isnan(curves.memory["device_bytes"]).all() and curves.device_total_bytes == 0
    assert curves.memory["ram_bytes"].tolist() == [5000]
    curves.add([memory(2, card_bytes=24)])
    assert curves.memory["device_bytes"].tolist()[1] == 23 and curves.device_total_bytes == 24
