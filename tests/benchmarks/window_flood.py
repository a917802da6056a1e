"""The window while a worker sends 2,000 events a second for a minute: how long its event loop does not come round.

    python -m tests.benchmarks.window_flood [SECONDS]

Offscreen, the whole window as it is started, the Train page in front and its four plots drawn live. The worker is a
process of its own that writes the run's event log as a real one does. A beat every 4 ms measures the gaps; the rule is
that none is longer than 50 ms. At the end every event must have arrived, and the plot must hold every step. Writes
tests/benchmarks/results/window_flood.json.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PySide6.QtCore import QThreadPool
from PySide6.QtWidgets import QApplication

from core import paths
from core.job import SAMPLE, STARTER, DatasetRef, ModelRef, TrainingJob
from core.runs.run import Run
from core.runs.store import RunStore
from core.settings import TrainingSettings
from desktop.app import Session
from desktop.intents import OpenRun
from desktop.pages.train import TrainPage
from desktop.widgets.plots.kinds import LOSS
from tests.benchmarks.place import keep
from tests.benchmarks.stalls import Beats, until, window_place

RESULT = Path(__file__).parent / "results" / "window_flood.json"
ALLOWED_MS = 50.0
PER_SECOND = 2000
SECONDS = 60
SETTLE_S = 6.0


def new_run() -> Run:
    """A run of the starter, not started."""
    job = TrainingJob(
        model=ModelRef(source="starter", id=STARTER),
        dataset=DatasetRef(source="sample", path=SAMPLE),
        settings=TrainingSettings(quantization="none", compute_dtype="fp32"),
    )
    return RunStore().create(job)


def measure(seconds: int) -> dict[str, object]:
    """Open the window, open the run, and listen for `seconds`."""
    app = QApplication([])
    session = Session(app)
    window, store = session.window, session.store
    session.open()
    until(app, lambda: store.state.settings is not None)
    until(app, lambda: store.state.rehearsing.phase in ("done", "failed"))
    settled_at = time.monotonic() + SETTLE_S
    until(app, lambda: time.monotonic() > settled_at)
    run, total = new_run(), PER_SECOND * seconds
    command = [sys.executable, "-m", "tests.desktop.talking_worker", str(run.path), str(total), str(PER_SECOND)]
    worker = subprocess.Popen(command, cwd=Path(__file__).parents[2], start_new_session=True)
    try:
        until(app, lambda: (run.path / "events.jsonl").exists())
        window.dispatcher.dispatch(OpenRun(run.name))
        beats, began = Beats(), time.monotonic()
        beats.start()
        until(app, lambda: store.state.training is not None and store.state.training.summary.step == total)
        took = time.monotonic() - began
        beats.stop()
    finally:
        worker.kill()
        worker.wait()
    page = window.page("train")
    assert isinstance(page, TrainPage)
    until(app, lambda: len(page.run.plots.panels["loss"].columns()[LOSS][0]) == total)
    loss = page.run.plots.panels["loss"].columns()[LOSS][0]
    assert loss[0] == 1 and loss[-1] == total, "the plot does not hold every step"
    plots = list(page.run.plots.panels)
    window.close()
    QThreadPool.globalInstance().waitForDone()
    return {
        **beats.report(ALLOWED_MS),
        "events": total,
        "events_per_second": round(total / took),
        "seconds": round(took, 1),
        "plots": plots,
        "window": "1280x800, offscreen, scale 1",
        **window_place(),
    }


def main() -> int:
    """Measure, write, say; 1 if the rule is broken."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as home:
        paths.set_home(Path(home))
        result = measure(int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS)
    keep(result, RESULT)
    worst = result["worst_ms"]
    return 0 if isinstance(worst, float) and worst <= ALLOWED_MS else 1


if __name__ == "__main__":
    sys.exit(main())
