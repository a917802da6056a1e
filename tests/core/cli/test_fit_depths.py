"""`tunesmith fit --depth …`: every depth's figures side by side. What would take workers is known already here."""

from __future__ import annotations

import json

import pytest

from core.cli import main
from core.cli.fit_text import depth_lines
from core.fit.machine import plan_for
from core.fit.measured import RUN_BYTES
from core.fit.measurement import MeasuredPoint, measurement_of
from core.fit.recommend import your_plan
from core.fit.rehearsal import Rehearsal, Work, WorkCount
from core.fit.rehearsed import corrected
from core.fit.values import MemoryEstimate, Speed
from core.models.reading import starter_spec
from core.settings import from_pairs
from core.tasks import measure, rehearse
from core.tasks.hardware import detect

MIB = 2**20
GIB = 2**30
PAIRS = ["quantization=none", "max_seq_length=64"]
ARGUMENTS = ["fit", "starter", *(part for pair in PAIRS for part in ("--set", pair))]


@pytest.fixture(autouse=True)
def known() -> None:
    """A rehearsal and a measurement of the starter under `PAIRS` on this computer."""
    spec, settings, machine = starter_spec(), from_pairs(PAIRS), plan_for(detect())
    product = WorkCount(work=Work(kind="matmul", flops=10**9, moved_bytes=10**6), in_batch=1, in_step=0)
    rehearsal = Rehearsal(
        terms={"weights": 50 * MIB}, allocated_peak_bytes=50 * MIB, reserved_peak_bytes=60 * MIB, peak_at="the loss",
        work=[product], tokens=64, layers=4, layers_built=3, seconds=1.0, versions={},
    )  # fmt: skip
    rehearse.KEPT.put(rehearse.key_of(spec, settings, machine), rehearsal)
    point = MeasuredPoint(
        layers=[1], of_model=[1], step_peak_bytes=600 * MIB - RUN_BYTES, batch_s=[0.5], besides_s=[0.0]
    )
    measured = measurement_of(
        [point], on_card=False, device_name="", context_bytes=400 * MIB, tokens=64, seconds=1.0, versions={}
    )
    measure.keep(spec, settings, machine, measured)


def test_json_has_the_deepest_memory_and_every_depths_figures(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*ARGUMENTS, "--depth", "measured", "--json"]) == 0
    (plan,) = json.loads(capsys.readouterr().out)["plans"]
    assert (plan["memory"]["depth"], plan["memory"]["total_bytes"]) == ("measured", 600 * MIB)
    assert sum(plan["memory"]["terms"].values()) == 600 * MIB
    assert [one["depth"] for one in plan["depths"]] == ["instant", "rehearsed", "measured"]
    assert plan["depths"][0]["total_bytes"] == plan["instant"]["total_bytes"]
    assert plan["depths"][2] == {"depth": "measured", "total_bytes": 600 * MIB, "tokens_per_second": 128.0}
    assert plan["speed"]["tokens_per_second"] == 128.0


def test_the_text_shows_each_depth_up_to_the_one_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*ARGUMENTS, "--depth", "measured"]) == 0
    words = " ".join(capsys.readouterr().out.split())
    assert "measured 600 MiB (" in words and "measured 128 tokens/s (" in words
    assert "It takes 600 MiB of" in words
    assert main([*ARGUMENTS, "--depth", "rehearsed"]) == 0
    words = " ".join(capsys.readouterr().out.split())
    assert "· rehearsed " in words and "measured" not in words
    assert main(ARGUMENTS) == 0
    assert "instant" not in capsys.readouterr().out


def test_differences_are_those_to_the_depth_before() -> None:
    machine = plan_for(detect())
    plan = your_plan(starter_spec(), machine, from_pairs(PAIRS))

    def memory(total_bytes: int) -> MemoryEstimate:
        return MemoryEstimate(
            depth="rehearsed", total_bytes=total_bytes, terms={}, allocated_peak_bytes=0, reserved_peak_bytes=0,
            context_bytes=0, row_tokens=2048,
        )  # fmt: skip

    deeper = corrected(plan, memory(8 * GIB), Speed(tokens_per_second=100.0, low=90.0, high=110.0), machine)
    deepest = corrected(
        deeper, memory(8 * GIB + 192 * MIB), Speed(tokens_per_second=75.0, low=70.0, high=80.0), machine
    )
    by_memory, by_speed = depth_lines(deepest)
    assert by_memory.endswith(" · rehearsed 8.19 GiB (+2.3 %)")
    assert by_speed.endswith(" · rehearsed 75 tokens/s (−25.0 %)")
    assert depth_lines(plan) == []
