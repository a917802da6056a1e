from __future__ import annotations

import time

import pytest

from core.engine import schedule
from core.engine.schedule import Schedule, validation_rows


def test_about_ten_validations_and_one_at_the_end() -> None:
    plan = Schedule(steps_total=143, checkpoint_steps=0)
    due = [step for step in range(1, 144) if plan.validation_due(step)]
    assert 9 <= len(due) <= 12 and due[-1] == 143


def test_a_large_set_held_back_is_not_looked_at_whole_in_a_short_run() -> None:
    assert validation_rows(5000, rows_trained=160) == schedule.FEWEST_VALIDATION_ROWS
    assert validation_rows(5000, rows_trained=100_000) < 0.1 * 3 * 100_000 / 10
    assert validation_rows(20, rows_trained=1140) == 20


@pytest.mark.parametrize("total", [1, 3, 4, 10, 1000])
def test_without_a_wish_there_are_at_least_four_checkpoints_where_there_are_steps(total: int) -> None:
    plan = Schedule(steps_total=total, checkpoint_steps=0)
    due = [step for step in range(1, total + 1) if plan.checkpoint_due(step)]
    assert len(due) == min(4, total) and due[-1] == total


def test_the_clock_asks_for_a_checkpoint_whatever_the_steps_say(monkeypatch: pytest.MonkeyPatch) -> None:
    by_clock, by_both, without = (
        Schedule(steps_total=1_000_000, checkpoint_steps=steps, checkpoint_minutes=minutes)
        for steps, minutes in ((0, 10), (100, 10), (100, 0))
    )
    assert not any(plan.checkpoint_due(7) for plan in (by_clock, by_both, without))
    later = time.monotonic() + 600.0
    monkeypatch.setattr(schedule.time, "monotonic", lambda: later)
    assert [plan.checkpoint_due(7) for plan in (by_clock, by_both, without)] == [True, True, False]
    by_clock.checkpoint_written()
    assert not by_clock.checkpoint_due(8)


def test_a_wish_for_checkpoints_is_kept_to() -> None:
    plan = Schedule(steps_total=25, checkpoint_steps=10)
    assert [step for step in range(1, 26) if plan.checkpoint_due(step)] == [10, 20, 25]
