"""From Train to the first step: the starter on the sample, started as the window starts it, several times in one go.

    python -m tests.benchmarks.start_up [TIMES]

Each run is started in a process of its own and told to stop after its first step. Writes results/start_up.json: for
each time the seconds until the worker's first word, until each phase that it tells of, and until the first step is
done; and the seconds of the processor that the worker took until then, which a busy machine does not change. Start-up
is nearly all imports, so the first time, with libraries not yet in the system's memory, may take longer.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import psutil

from core.events import Opened, Progress, Step
from core.fit.machine import plan_for
from core.fit.recommend import recommend
from core.fit.values import DataLengths
from core.job import STARTER, ModelRef, TrainingJob
from core.models.location import model_path
from core.models.reading import read_folder
from core.requests import InspectRequest
from core.runs.run import Run
from core.tasks import train
from core.tasks.follow import RunEvents
from core.tasks.hardware import detect
from core.tasks.inspect import inspect
from core.tasks.prepare import dataset_ref
from tests.benchmarks.place import keep, place

RESULT = Path(__file__).parent / "results" / "start_up.json"
TIMES = 5
ALLOWED_S = 15.0


def main() -> int:
    """Start, wait for the first step, stop; write the result. 1 if the median took longer than allowed."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else TIMES
    with tempfile.TemporaryDirectory() as home:
        os.environ["TUNESMITH_HOME"] = home
        job = recommended()
        found = [started(job) for _ in range(times)]
    seconds = sorted(one["first step done"] for one in found)
    median = seconds[len(seconds) // 2]
    result = {"median_s": median, "slowest_s": seconds[-1], "allowed_s": ALLOWED_S, "times": found, **place()}
    keep(result, RESULT)
    return 0 if median <= ALLOWED_S else 1


def recommended() -> TrainingJob:
    """The starter on the sample with the settings that are proposed here."""
    model, dataset = ModelRef(source="starter", id=STARTER), dataset_ref(None)
    spec = read_folder(model_path(model))
    longest = spec.context_length or 2048
    asked = InspectRequest(dataset=dataset, model_path=spec.path, max_seq_length=longest, preview_rows=0)
    lengths = DataLengths(lengths=inspect(asked).lengths)
    plan = recommend(spec, plan_for(detect()), lengths).plans[0]
    return TrainingJob(model=model, dataset=dataset, settings=plan.settings)


def started(job: TrainingJob) -> dict[str, float]:
    """Seconds from the click to each word of one run, up to its first step."""
    clicked = time.time()
    run = train.start(job)
    found = {"run made and worker started": time.time() - clicked}
    for event in RunEvents(run):
        if isinstance(event, Opened):
            found["first word of the worker"] = event.time - clicked
        if isinstance(event, Progress):
            found.setdefault(event.text, event.time - clicked)
        if isinstance(event, Step):
            found["first step done"] = event.time - clicked
            found["processor"] = processor_s(run)
            break
    run.tell("stop")
    for _ in RunEvents(run, skip_existing=True):
        continue
    return {name: round(seconds, 2) for name, seconds in found.items()}


def processor_s(run: Run) -> float:
    """Seconds of the processor that the worker of `run` has taken."""
    worker = run.worker()
    assert worker is not None
    took = psutil.Process(worker.pid).cpu_times()
    return float(took.user + took.system)


if __name__ == "__main__":
    sys.exit(main())
