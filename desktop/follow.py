"""The bridge from workers to Qt: events arrive in batches on the UI thread, and no tick holds the event loop up."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from core.events import AnyEvent, Finished, Opened, StateChanged
from core.runs.liveness import WorkerIdentity
from core.runs.silence import SilenceWatch
from core.runs.summary import ACTIVE
from core.worker.detached import reap

if TYPE_CHECKING:
    from core.events import RunState
    from core.runs.record import RunRecord
    from core.runs.run import Run
    from core.worker.attached import AttachedWorker

TICK_MS = 100
CATCH_UP_TICK_MS = 10
REST_TICK_MS = 500
BUDGET_S = 0.004
LIVENESS_S = 0.25
ATTACHED_TICK_MS = 30


class RunFollower(QObject):
    """Follows one run's log, whoever started the worker, and notices the worker's death.

    It goes on after the run has ended, slowly, so that a resumed run is seen too; `stop` ends it.

    Args:
        record: what of the log is known already; the rest is emitted. Without one, all of it.

    Attributes:
        state: what the run does, as far as the log has been read; `died` once the worker is known to be gone.

    Signals:
        events(list): what was newly read, in order.
        caught_up(): the log has been read to its end for the first time, and `state` is true.
        died(WorkerIdentity | None): the worker is gone without a last word; emitted once for each worker.
    """

    events = Signal(list)
    caught_up = Signal()
    died = Signal(object)

    def __init__(self, run: Run, parent: QObject | None = None, record: RunRecord | None = None) -> None:
        super().__init__(parent)
        self.run = run
        self.state: RunState = "new"
        self._tail = run.tail(record.offset if record is not None else 0)
        self._is_caught_up = False
        self._at_end = False
        self._mourned: WorkerIdentity | None = None
        self._look_at = 0.0
        self._silence = SilenceWatch(run.path)
        self._note(record.telling() if record is not None else [])
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)

    @property
    def consumed(self) -> int:
        """How many bytes of the log were emitted or known before."""
        return self._tail.consumed

    def start(self) -> None:
        """Begin to follow; the first events come with the next turn of the event loop."""
        self._timer.start(0)

    def stop(self) -> None:
        """End following. Nothing is emitted any more."""
        self._timer.stop()

    def expect_worker(self) -> None:
        """A worker was just started for this run: its death counts even before its first word."""
        self.state = "starting"
        if self._timer.isActive():
            self._timer.start(TICK_MS)

    def _tick(self) -> None:
        behind = self._read()
        if self._at_end and not behind:
            self._look_and_tell()
        self._at_end = self._at_end or not behind  # the rest comes a turn later: showing what was read takes this one
        if self._timer.isActive():
            at_rest = self.state not in ACTIVE and self.state != "new"
            catching_up = behind or not self._is_caught_up
            self._timer.setInterval(CATCH_UP_TICK_MS if catching_up else REST_TICK_MS if at_rest else TICK_MS)

    def _look_and_tell(self) -> None:
        if time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + LIVENESS_S
            self._look()
        if not self._is_caught_up and self._timer.isActive():
            self._is_caught_up = True
            self.caught_up.emit()

    def _read(self) -> bool:
        """Emit what there is, within the time budget; whether more may be waiting."""
        deadline = time.perf_counter() + BUDGET_S
        batch: list[AnyEvent] = []
        behind = False
        while events := self._tail.poll():
            batch += events
            if behind := time.perf_counter() >= deadline:
                break
        self._note(batch)
        if batch:
            self.events.emit(batch)
        return behind

    def _note(self, events: list[AnyEvent]) -> None:
        for event in events:
            if isinstance(event, StateChanged | Finished):
                self.state = event.state
                self._silence.hear(event)
            elif isinstance(event, Opened):
                self.state = "starting"
        if events:
            self._silence.hear(events[-1])

    def _look(self) -> None:
        """Whether the worker still lives: it is asked first, the log read after, so that last words are not missed."""
        reap()
        worker = self.run.worker()
        unheard = self.state == "new" and worker is not None
        if self.state not in ACTIVE and not unheard:
            return
        if worker is not None and worker.alive() and (quiet := self._silence.look()) is not None:
            self.events.emit([quiet])
        if worker is None or worker.alive() or worker == self._mourned:
            return
        self._read()
        if self._timer.isActive() and (self.state in ACTIVE or self.state == "new"):
            self._mourned = worker
            self.state = "died"
            self.died.emit(worker)


class AttachedFollower(QObject):
    """Follows an attached worker.

    Signals:
        events(list): what it said since the last tick.
        ended(): it has ended and everything it said was emitted; ask `worker.outcome` how.
    """

    events = Signal(list)
    ended = Signal()

    def __init__(self, worker: AttachedWorker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.worker = worker
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)
        self._timer.start(ATTACHED_TICK_MS)

    def stop(self) -> None:
        """End following. The worker goes on: ending it blocks, so do that in the background with `worker.stop`."""
        self._timer.stop()

    def _tick(self) -> None:
        more_may_come = self.worker.running
        if batch := self.worker.poll():
            self.events.emit(batch)
        elif not more_may_come and self._timer.isActive():
            self._timer.stop()
            self.ended.emit()
