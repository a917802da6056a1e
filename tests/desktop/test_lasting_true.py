"""A window that has emitted many signals still runs."""

from __future__ import annotations

import os
import subprocess
import sys

EMITS = """
import desktop
from PySide6.QtCore import QCoreApplication, QObject, Signal
class Source(QObject):
    said = Signal(bool)
app = QCoreApplication([])
source = Source()
for _ in range(20_000):
    source.said.emit(True)
print("alive")
"""


def test_twenty_thousand_signals_do_not_end_the_process() -> None:
    done = subprocess.run([sys.executable, "-c", EMITS], capture_output=True, text=True, timeout=60, env=os.environ)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "alive"
