"""The simulated allocator against the real one on an NVIDIA card, to the byte. Skips itself where there is none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.fit.allocator import CachingAllocator, options_from
from core.hardware.probe import probe
from tests.core.fit.allocator_traces import failures

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not probe().gpus, reason="there is no NVIDIA card here"),
]

ROOT = Path(__file__).parents[2]


def recorded(kind: str, conf: str) -> dict[str, Any]:
    """What a fresh process's allocator did and took."""
    command = [sys.executable, "-m", "tests.gpu.record_allocations", kind]
    environment = os.environ | {"PYTORCH_ALLOC_CONF": conf}
    environment.pop("PYTORCH_CUDA_ALLOC_CONF", None)
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.mark.parametrize("conf", ["", "expandable_segments:True"], ids=["default", "expandable segments"])
@pytest.mark.parametrize("kind", ["random", "small_card", "training"])
def test_what_is_reserved_and_allocated_on_the_card_is_what_was_simulated(kind: str, conf: str) -> None:
    real = recorded(kind, conf)
    limits = {name: real[name] for name in ("device_total_bytes", "allowed_bytes")}
    allocator = CachingAllocator(msgspec.structs.replace(options_from(conf), **limits))
    failed = sum(failures(allocator, real["trace"]))
    assert len(real["trace"]) > 300
    assert allocator.allocated_peak_bytes == real["allocated_peak_bytes"]
    assert allocator.reserved_peak_bytes == real["reserved_peak_bytes"]
    assert allocator.reserved_bytes == real["reserved_end_bytes"]
    assert (failed, allocator.retries) == (real["failures"], real["retries"])
    assert (failed > 0) == (kind == "small_card")
    small, large = allocator.segments(allocator.small), allocator.segments(allocator.large)
    assert ["large"] * large + ["small"] * small == real["segments"]
