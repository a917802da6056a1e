"""What is plotted is what the log says, also of a run that was resumed."""

from __future__ import annotations

import numpy as np

from core.events import Memory, Started, Step, Validation
from desktop.widgets.plots.run_curves import RunCurves
from desktop.widgets.plots.series import Series, SmoothedSeries


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
    series = Series()
    for number in range(10_000):
        series.add(number, number / 7)
    assert series.x.tolist() == [float(number) for number in range(10_000)]
    assert series.y.tolist() == [number / 7 for number in range(10_000)]


def test_a_resumed_run_replaces_what_it_computes_again() -> None:
    curves = RunCurves()
    curves.add([step(number, 10.0 + number) for number in range(1, 8)])
    curves.add([Validation(step=4, loss=3.0), Validation(step=7, loss=2.9), memory(7)])
    curves.add([resumed(5), step(6, 1.0), step(7, 0.5)])
    assert curves.loss.x.tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert curves.loss.y.tolist() == [11, 12, 13, 14, 15, 1.0, 0.5]
    assert curves.validation.x.tolist() == [4]
    assert len(curves.process_bytes) == 0


def test_a_step_that_is_said_again_counts_in_its_later_form() -> None:
    curves = RunCurves()
    curves.add([step(1, 3.0), step(2, 2.0), step(2, 1.0)])
    assert curves.loss.y.tolist() == [3.0, 1.0]


def test_smoothing_starts_at_the_first_value_and_forgets_what_was_replaced() -> None:
    straight, detour = SmoothedSeries(0.8), SmoothedSeries(0.8)
    for x, y in ((1, 3.0), (2, 2.0), (3, 1.0)):
        straight.add(x, y)
    for x, y in ((1, 3.0), (2, 9.0), (3, 9.0), (2, 2.0), (3, 1.0)):
        detour.add(x, y)
    assert straight.y[0] == 3.0
    np.testing.assert_allclose(detour.y, straight.y)
    np.testing.assert_allclose(straight.y[1], (0.2 * 0.8 * 3.0 + 0.2 * 2.0) / (1 - 0.8**2))


def test_without_a_card_only_ram_is_drawn() -> None:
    curves = RunCurves()
    curves.add([memory(1)])
    assert len(curves.device_bytes) == 0
    assert curves.ram_bytes.y.tolist() == [5000]
    curves.add([memory(2, card_bytes=24)])
    assert curves.device_bytes.y.tolist() == [23]
