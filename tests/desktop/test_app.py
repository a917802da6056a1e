"""The application from opening to closing, as a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[2]

OPEN_AND_CLOSE = """
import sys
from PySide6.QtWidgets import QApplication
from desktop import closing_notice
from desktop.app import Session
from tests.desktop.runs_on_disk import make_run

closing_notice.SHOWN_MS = 100
app = QApplication(sys.argv)
if {running}:
    make_run("running", steps=30)
session = Session(app)

def close_when_ready(state, before):
    if state.model is not None and (state.active is not None) == {running}:
        session.store.changed.disconnect(close_when_ready)
        session.window.close()

session.store.changed.connect(close_when_ready)
session.open()
code = app.exec()
from PySide6.QtCore import QThreadPool
QThreadPool.globalInstance().waitForDone(120000)
sys.exit(code)
"""


def opened_and_closed(*, running: bool) -> subprocess.CompletedProcess[str]:
    program = OPEN_AND_CLOSE.format(running=running)
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, cwd=ROOT)


def test_it_opens_with_the_starter_model_and_closes_at_once(home: Path) -> None:
    done = opened_and_closed(running=False)
    assert done.returncode == 0, done.stderr
    assert "goes on" not in done.stderr
    assert "Traceback" not in done.stderr
    remembered = msgspec.json.decode((home / "config" / "window.json").read_bytes())
    assert remembered["step"] == "train"
    assert remembered["geometry"]


def test_closing_during_a_run_leaves_it_alone_and_says_so(home: Path) -> None:
    done = opened_and_closed(running=True)
    assert done.returncode == 0, done.stderr
    assert "Training goes on. Open Tunesmith again to see it." in done.stderr
    runs = list((home / "data" / "runs").iterdir())
    assert len(runs) == 1
    assert list((runs[0] / "commands").glob("*")) == []
