"""The stand-in for NVIDIA's library, where `import pynvml` finds it."""

from __future__ import annotations

import sys

import pytest

from tests.core.hardware.nvml_stand_in import NvmlStandIn


@pytest.fixture
def fake_nvml(monkeypatch: pytest.MonkeyPatch) -> NvmlStandIn:
    """A driver with two cards."""
    module = NvmlStandIn()
    monkeypatch.setitem(sys.modules, "pynvml", module)
    return module
