"""How long until the window is painted, beside a bare PySide6 window, both measured in one run.

    python -m tests.benchmarks.first_paint [ALTERNATIONS]

Each is a process of its own, started in turn; the time runs from the start of the process to its first finished paint.
For Tunesmith there is a second time, until the page with everything on it is painted. Writes
tests/benchmarks/results/first_paint.json; the rule is that Tunesmith takes at most 1.5 s more than the bare window.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import PySide6

from tests.benchmarks.place import keep, place

RESULT = Path(__file__).parent / "results" / "first_paint.json"
ALLOWED_DIFFERENCE_S = 1.5
ALTERNATIONS = 7

BARE = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow
class Window(QMainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        QTimer.singleShot(0, lambda: (print("painted", flush=True), app.quit()))
app = QApplication(sys.argv)
window = Window()
window.setCentralWidget(QLabel("A window"))
window.resize(1280, 800)
window.show()
app.exec()
"""

TUNESMITH = """
import sys
from PySide6.QtWidgets import QApplication
from desktop.app import Session
app = QApplication(sys.argv)
session = Session(app)
window = session.window
window.opened.disconnect()
window.painted.connect(lambda: print("painted", flush=True))
window.opened.connect(lambda: (window.repaint(), print("whole", flush=True), app.quit()))
session.open()
app.exec()
heavy = {"torch", "transformers", "datasets"} & set(sys.modules)
assert not heavy, heavy
"""


def times_s(program: str, words: tuple[bytes, ...], home: str) -> list[float]:
    """Seconds from the start of a process that runs `program` until it says each of `words`."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "TUNESMITH_HOME": home}
    command = [sys.executable, "-c", program]
    took = []
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, cwd=Path(__file__).parents[2]) as process:
        assert process.stdout is not None
        for word in words:
            said = process.stdout.readline().strip()
            took.append(time.perf_counter() - began)
            if said != word:
                raise RuntimeError(f"The process said {said!r} instead of {word!r}.")
        process.communicate(timeout=60)
    if process.returncode != 0:
        raise RuntimeError(f"The process ended with {process.returncode}.")
    return took


def measure(alternations: int) -> dict[str, object]:
    """Both, in turn; the first pair warms the disk cache and is not counted."""
    bare, first, whole = [], [], []
    with tempfile.TemporaryDirectory() as home:
        for index in range(alternations + 1):
            bare_s = times_s(BARE, (b"painted",), home)
            ours_s = times_s(TUNESMITH, (b"painted", b"whole"), home)
            if index:
                bare += bare_s
                first.append(ours_s[0])
                whole.append(ours_s[1])
    bare_median_s, first_median_s = statistics.median(bare), statistics.median(first)
    return {
        "bare_s": [round(t, 3) for t in bare],
        "tunesmith_s": [round(t, 3) for t in first],
        "tunesmith_whole_page_s": [round(t, 3) for t in whole],
        "bare_median_s": round(bare_median_s, 3),
        "tunesmith_median_s": round(first_median_s, 3),
        "tunesmith_whole_page_median_s": round(statistics.median(whole), 3),
        "difference_s": round(first_median_s - bare_median_s, 3),
        "ratio": round(first_median_s / bare_median_s, 2),
        "allowed_difference_s": ALLOWED_DIFFERENCE_S,
        **place(),
        "pyside": PySide6.__version__,
    }


def main() -> int:
    """Measure, write, say; 1 if the rule is broken."""
    result = measure(int(sys.argv[1]) if len(sys.argv) > 1 else ALTERNATIONS)
    keep(result, RESULT)
    difference = result["difference_s"]
    return 0 if isinstance(difference, float) and difference <= ALLOWED_DIFFERENCE_S else 1


if __name__ == "__main__":
    sys.exit(main())
