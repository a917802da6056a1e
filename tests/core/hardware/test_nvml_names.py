"""A query of a wrong name would be missing silently, as one that the driver lacks: names are held to the library."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

from core.hardware import nvml
from tests.core.hardware.nvml_stand_in import ERRORS, MEMORY_V2, NvmlStandIn

pynvml = importlib.import_module("pynvml")  # the real one, which needs no driver to be looked at
NAMED = re.compile(r'"(nvml[A-Z]\w+)"')


def queries() -> set[str]:
    folder = Path(nvml.__file__).parent
    return {name for file in folder.glob("*.py") for name in NAMED.findall(file.read_text(encoding="utf-8"))}


def test_every_query_is_one_that_nvidias_library_has() -> None:
    assert len(queries()) >= 20
    assert {name for name in queries() if not hasattr(pynvml, name)} == set()


def test_the_stand_in_is_asked_as_the_library_is() -> None:
    stand_in = NvmlStandIn()
    for query, answer in stand_in._answers().items():
        wanted = inspect.signature(answer).parameters
        inspect.signature(getattr(pynvml, query)).bind(*wanted)
    inspect.signature(pynvml.nvmlDeviceGetMemoryInfo).bind("handle", pynvml.nvmlMemory_v2)
    assert pynvml.nvmlMemory_v2 == MEMORY_V2
    for kind in ERRORS:
        assert issubclass(getattr(pynvml, f"NVMLError_{kind}"), pynvml.NVMLError)
