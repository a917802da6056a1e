"""The queue's process: starts the next run when none is at work, and ends when none waits.

    python -P -m core.tasks.queue_runner RUNS_FOLDER

A run that cannot be started says so in its own log, and the next one's turn comes.
"""

from __future__ import annotations

import logging
import sys
import time
from pathlib import Path

from core.errors import TunesmithError
from core.events import Failed, Finished, StateChanged
from core.events.stream import encode
from core.runs.log import FILE as EVENTS_FILE
from core.runs.queue import RunQueue
from core.runs.run import Run
from core.sweeps.store import SweepStore
from core.tasks import train
from core.worker.detached import reap

POLL_S = 1.0

_log = logging.getLogger(__name__)


def serve(queue: RunQueue, poll_s: float = POLL_S) -> None:
    """Start one run of `queue` after the other until none waits, or it is held. Leaves at once where another process
    does so already."""
    if not queue.take_office():
        return
    while True:
        reap()
        run, busy = queue.next()
        if run is None and busy is None:
            return
        if run is None or not _start(queue, run):
            time.sleep(poll_s)


def _start(queue: RunQueue, run: Run) -> bool:
    """Start `run`, then take it out: in this order, so that a process killed between the two loses none. False where a
    sweep is at work, if only between two of its runs.

    A sweep's driver does the same the other way round: it is there, then looks for a run that is announced. So of the
    two at least one sees the other.
    """
    if SweepStore().led() is not None:
        return False
    queue.announce(run.name)
    try:
        if SweepStore().led() is not None:
            return False
        _launch(run)
        queue.remove(run.name)
        return True
    finally:
        queue.announce("")


def _launch(run: Run) -> None:
    try:
        train.launch(run)
    except TunesmithError as error:
        _log.error("%s: %s", run.name, error)
        _say_failed(run, error)


def _say_failed(run: Run, error: TunesmithError) -> None:
    summary = run.summary()
    last = Finished(
        run=run.name,
        state="failed",
        steps=summary.step,
        loss_first=None,
        loss_last=summary.loss_last,
        peak_memory_bytes=0,
        predicted_memory_bytes=summary.predicted_memory_bytes,
        tokens_per_second=0.0,
        seconds=summary.seconds,
    )
    with (run.path / EVENTS_FILE).open("ab") as log:
        log.write(b"".join(encode(event) for event in (Failed(**error.fields()), StateChanged(state="failed"), last)))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    serve(RunQueue(Path(sys.argv[1])))
