"""What runs were promised, beside what they took."""

from __future__ import annotations

import pytest

from core.events import Finished, StateChanged
from core.events.stream import encode
from core.fit.values import Prediction
from core.runs.history import history
from core.runs.info import RunInfo
from core.runs.log import FILE
from core.runs.store import RunStore
from tests.core.conftest import JOB

MIB = 2**20


def a_run(predictions: list[Prediction], peak_bytes: int, tokens_per_second: float, steps: int = 20) -> str:
    run = RunStore().create(JOB, RunInfo(name="", predictions=predictions))
    last = Finished(
        run=run.name, state="finished", steps=steps, loss_first=2.0, loss_last=1.0, peak_memory_bytes=peak_bytes,
        predicted_memory_bytes=0, tokens_per_second=tokens_per_second, seconds=9.0,
    )  # fmt: skip
    (run.path / FILE).write_bytes(encode(StateChanged(state="finished")) + encode(last))
    return run.name


def instant(total_bytes: int, tokens_per_second: float = 0.0) -> Prediction:
    return Prediction(depth="instant", total_bytes=total_bytes, tokens_per_second=tokens_per_second)


def test_each_depth_is_compared_with_what_the_run_took() -> None:
    rehearsed = Prediction(depth="rehearsed", total_bytes=1010 * MIB, tokens_per_second=0.0)
    name = a_run([rehearsed, instant(1100 * MIB, 50.0)], 1000 * MIB, 100.0)
    (row,) = history(RunStore()).runs
    assert row.run == name
    assert [one.depth for one in row.predictions] == ["instant", "rehearsed"]
    first, second = row.predictions
    assert (first.memory_difference, first.speed_difference) == (pytest.approx(0.10), pytest.approx(-0.5))
    assert (second.memory_difference, second.speed_difference) == (pytest.approx(0.01), None)


def test_over_all_runs_the_middle_the_worst_and_the_lowest_are_told() -> None:
    for predicted in (950, 1020, 1100):
        a_run([instant(predicted * MIB)], 1000 * MIB, 10.0)
    (depth,) = history(RunStore()).depths
    assert (depth.depth, depth.runs) == ("instant", 3)
    assert depth.memory_median == pytest.approx(0.05)
    assert depth.memory_worst == pytest.approx(0.10)
    assert depth.memory_lowest == pytest.approx(-0.05)
    assert depth.speed_median is None


def test_runs_that_say_nothing_are_counted_and_damaged_ones_left_to_the_list_of_runs() -> None:
    a_run([], 1000 * MIB, 10.0)
    a_run([instant(MIB)], 0, 0.0)
    a_run([instant(MIB)], 1000 * MIB, 0.0, steps=0)
    RunStore().create(JOB)
    damaged = RunStore().create(JOB)
    (damaged.path / "run.json").write_text("{")
    found = history(RunStore())
    assert (found.runs, found.depths, found.unmeasured) == ([], [], 4)


def test_without_runs_there_is_nothing_to_tell() -> None:
    assert history(RunStore()).runs == []
