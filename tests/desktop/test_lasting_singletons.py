"""A window that has called Qt very often still runs."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

EMITS = """
source = Source()
for _ in range(20_000):
    source.said.emit(True)
"""
CALLS = """
source = Source()
for _ in range(200_000):
    source.parent()
    source.setObjectName("name")
    source.blockSignals(False)
"""
SOURCE = """
import desktop
from PySide6.QtCore import QCoreApplication, QObject, Signal
class Source(QObject):
    said = Signal(bool)
app = QCoreApplication([])
"""


@pytest.mark.parametrize("often", [EMITS, CALLS], ids=["signals", "methods"])
def test_many_calls_do_not_end_the_process(often: str) -> None:
    program = SOURCE + often + 'print("alive")'
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, env=os.environ)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "alive"
