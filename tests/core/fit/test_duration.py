"""How long a run is said to take."""

from __future__ import annotations

import pytest

from core.fit.duration import duration_of
from core.fit.rows import Rows
from core.fit.values import FitMachine
from core.models.reading import starter_spec
from core.settings import TrainingSettings

GIB = 2**30
MACHINE = FitMachine(
    gpu="",
    memory_total_bytes=16 * GIB,
    memory_usable_bytes=12 * GIB,
    held_bytes=3 * GIB,
    simulated=False,
    is_gpu=False,
    cpu_cores=2,
)
SETTINGS = TrainingSettings(
    per_device_batch_size=4, gradient_accumulation_steps=2, max_seq_length=64, epochs=3.0, validation_share=0.0
)


def test_steps_are_whole_batches_and_epochs() -> None:
    found = duration_of(starter_spec(), SETTINGS, MACHINE, [40] * 100)
    assert found is not None
    assert found.steps == 39  # 25 batches, two a step, three times
    assert found.tokens == 3 * 100 * 40
    assert found.low_s < found.seconds < found.high_s


def test_a_step_limit_shortens_the_run() -> None:
    whole = duration_of(starter_spec(), SETTINGS, MACHINE, [40] * 100)
    limited = duration_of(starter_spec(), SETTINGS.changed(max_steps=13), MACHINE, [40] * 100)
    assert whole is not None and limited is not None
    assert limited.steps == 13
    assert limited.seconds == pytest.approx(whole.seconds / 3)


def test_rows_are_counted_as_they_are_cut() -> None:
    found = duration_of(starter_spec(), SETTINGS, MACHINE, [1000] * 8)
    assert found is not None
    assert found.tokens == 3 * 8 * 64


def test_packing_needs_fewer_steps_for_short_rows() -> None:
    packed = duration_of(starter_spec(), SETTINGS.changed(packing=True), MACHINE, [16] * 400)
    loose = duration_of(starter_spec(), SETTINGS, MACHINE, [16] * 400)
    assert packed is not None and loose is not None
    assert packed.steps < loose.steps
    assert packed.tokens == loose.tokens


def test_no_rows_no_duration() -> None:
    assert duration_of(starter_spec(), SETTINGS, MACHINE, []) is None


def test_a_batch_is_as_wide_as_its_longest_row() -> None:
    assert Rows([10, 20]).mean_longest(512, 1) == 15
    assert Rows([20, 10]).mean_longest(512, 2) == 18  # 10 once in four, 20 otherwise
    assert Rows([7] * 5).mean_longest(512, 3) == 7
    assert Rows([10, 20, 400]).mean_longest(20, 2) == Rows([10, 20, 20]).mean_longest(512, 2)


def test_rows_are_averaged_as_they_are_cut() -> None:
    assert Rows([10, 20, 400]).mean(100) == pytest.approx(130 / 3)
    assert Rows([10, 20]).mean(5) == 5
