"""Recordings of PyTorch 2.13's own compiled allocator, replayed: equal after every single birth and death.

`tests/benchmarks/allocator_accuracy.py --record` made them, on a stand-in for the CUDA runtime.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.fit.allocator import CachingAllocator, options_from
from tests.core.fit.allocator_traces import failures

RECORDED: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "data" / "allocator" / "recorded.json").read_text(encoding="utf-8")
)


def test_the_recordings_hold_every_option_and_a_shortage() -> None:
    assert len(RECORDED) == 15
    assert sum(len(case["out_of_memory_at"]) for case in RECORDED) > 50  # of about 240 entries each
    options = {part.partition(":")[0] for case in RECORDED for part in case["options"].split(",") if part}
    assert options == {
        "expandable_segments",
        "large_segment_size_mb",
        "max_non_split_rounding_mb",
        "max_split_size_mb",
        "roundup_power2_divisions",
    }


@pytest.mark.parametrize("case", RECORDED, ids=[f"{i} {case['options']}" for i, case in enumerate(RECORDED)])
def test_reserved_and_allocated_are_those_of_the_real_allocator(case: dict[str, Any]) -> None:
    allocator = CachingAllocator(msgspec.structs.replace(options_from(case["options"]), **case["limits"]))
    reserved, allocated, failed_at = [], [], []
    for index, failed in enumerate(failures(allocator, case["trace"])):
        if failed:
            failed_at.append(index)
        reserved.append(allocator.reserved_bytes)
        allocated.append(allocator.allocated_bytes)
    assert reserved == case["reserved"]
    assert allocated == case["allocated"]
    assert failed_at == case["out_of_memory_at"]
    assert allocator.retries == case["retries"]
