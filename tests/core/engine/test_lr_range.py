"""The learning-rate range test on the starter: rising rates, a curve with a low, and nothing left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import paths
from core.engine import lr_range
from core.events import AnyEvent, Progress, RateFound, RateTried
from core.requests import FindRateRequest
from core.settings import from_pairs
from tests.core.engine.conftest import SMALL, new_run, of_type


@pytest.fixture
def heard(runs_root: Path, monkeypatch: pytest.MonkeyPatch) -> list[AnyEvent]:
    """What a test says that is made short: the fewest rates, of which each is a larger stride."""
    monkeypatch.setattr(lr_range, "BUDGET_S", 0.0)
    monkeypatch.setattr(lr_range, "PROBE_ROWS", 4)
    job = new_run(runs_root, "max_seq_length=64", "loraplus_lr_ratio=2").job()
    said: list[AnyEvent] = []
    lr_range.run(FindRateRequest(job=job), said.append)
    return said


def test_rates_rise_until_the_loss_explodes_and_one_is_proposed(heard: list[AnyEvent]) -> None:
    tried, (found,) = of_type(heard, RateTried), of_type(heard, RateFound)
    rates = [one.learning_rate for one in tried]
    assert rates == sorted(rates) and rates[0] == pytest.approx(1e-6)
    assert [one.step for one in tried] == list(range(1, len(tried) + 1))
    assert {one.steps_total for one in tried} == {lr_range.FEWEST_STEPS}
    assert min(one.loss for one in tried) < 0.9 * tried[0].loss
    assert 1e-5 < found.proposed < 2e-2 and found.lowest in rates
    assert found.proposed == pytest.approx(min(found.steepest, found.lowest / 10), rel=0.05)
    assert isinstance(heard[-1], RateFound) and any(isinstance(event, Progress) for event in heard)
    assert not list(paths.cache_dir().glob("lr-range-*"))


def test_the_job_is_tested_as_it_would_be_trained() -> None:
    settings = from_pairs([*SMALL, "packing=true"])
    tested = lr_range._settings(settings)
    assert (tested.lr_scheduler, tested.warmup_steps) == ("constant", 0)
    changed = {"learning_rate", "lr_scheduler", "warmup_steps", "epochs", "max_steps"}
    assert all(
        getattr(tested, name) == getattr(settings, name) for name in settings.__struct_fields__ if name not in changed
    )
