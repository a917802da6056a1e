"""Places to plan for."""

from __future__ import annotations

import pytest

from core.fit.machine import plan_for
from core.fit.values import FitMachine
from core.hardware.machine import GIB, Gpu, Machine


def a_machine(**changes) -> Machine:
    """A computer with 16 GiB and no card, but for the changes."""
    facts = {
        "gpus": [],
        "gpu_reason": "No NVIDIA driver is installed.",
        "other_cards": [],
        "ram_total_bytes": 16 * GIB,
        "ram_available_bytes": 12 * GIB,
        "cpu_cores": 4,
        "cpu_name": "a processor",
        "disk_free_bytes": 100 * GIB,
        "disk_path": "/",
        "system": "a system",
    }
    return Machine(**(facts | changes))


def a_card(name: str = "NVIDIA GeForce RTX 3090", free: int = 22 * GIB) -> Gpu:
    """A card with 24 GiB."""
    return Gpu(
        index=0,
        name=name,
        memory_total_bytes=24 * GIB,
        memory_free_bytes=free,
        compute_capability=(8, 6),
        driver="580",
        cuda="13.0",
        processes=[],
    )


@pytest.fixture
def rtx_3090() -> FitMachine:
    return plan_for(a_machine(), "RTX 3090")


@pytest.fixture
def no_card() -> FitMachine:
    return plan_for(a_machine())
