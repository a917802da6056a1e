"""The instant figure against rehearsed ones, which `python -m tests.benchmarks.fit_accuracy --table` wrote down."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from core.fit.estimate import estimate
from core.fit.values import FitMachine
from core.models import catalogue
from core.settings import TrainingSettings

TABLE = Path(__file__).parents[2] / "data" / "fit" / "rehearsed.json"
ROWS = json.loads(TABLE.read_text(encoding="utf-8"))
WORST, MOST_BELOW = 0.06, -0.02
CARD = FitMachine(
    gpu="card",
    memory_total_bytes=24 * 2**30,
    memory_usable_bytes=24 * 2**30,
    held_bytes=0,
    simulated=True,
    is_gpu=True,
    compute_capability=(8, 6),
)


def test_the_table_has_models_of_many_sizes():
    assert len(ROWS) >= 30
    assert len({row["model"] for row in ROWS}) >= 20
    assert max(row["rehearsed_total_bytes"] for row in ROWS) > 10 * min(row["rehearsed_total_bytes"] for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["model"])
def test_the_instant_figure_is_near_the_rehearsed_one_and_hardly_below(row):
    settings = msgspec.convert(row["settings"], TrainingSettings)
    instant = estimate(catalogue.spec_of(row["model"]), settings, CARD).total_bytes
    assert MOST_BELOW <= instant / row["rehearsed_total_bytes"] - 1 <= WORST
