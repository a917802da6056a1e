"""One attached worker at a time for a controller: started and ended off the UI thread, its events in batches on it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from core.errors import Cancelled, TunesmithError
from core.events import AnyEvent, Done, Failed
from core.requests import Command
from core.tasks.follow import failure
from core.worker.attached import AttachedWorker, died
from desktop.background import run_in_background
from desktop.follow import AttachedFollower


class AttachedTask(QObject):
    """Holds at most one worker; opening another, or closing, ends the one before.

    Signals:
        events(list): what the worker said, without its `failed` and `done`.
        failed(TunesmithError): it could not start, ended with an error, or vanished. Nothing more comes.
        done(): it ended as it should. Nothing more comes.
    """

    events = Signal(list)
    failed = Signal(object)
    done = Signal()

    def __init__(self, doing: str, parent: QObject | None = None) -> None:
        """`doing` is what the worker does, for the words of an error (“the chat”)."""
        super().__init__(parent)
        self._doing = doing
        self._hold = _Hold()
        self._follower: AttachedFollower | None = None
        self._last_word = False

    @property
    def is_open(self) -> bool:
        """Whether a worker is there to talk to."""
        return self._follower is not None

    @property
    def worker(self) -> AttachedWorker | None:
        """The worker that is held now."""
        return self._hold.worker

    def open(self, start: Callable[[], AttachedWorker]) -> None:
        """End the worker there is, and start another with `start`, which may raise a `TunesmithError`."""
        self.close()
        hold = self._hold = _Hold()

        def not_started(error: TunesmithError) -> None:
            if hold is self._hold:
                self.failed.emit(error)

        run_in_background(self, lambda: hold.take(start()), self._follow, not_started)

    def send(self, command: Command) -> None:
        """Tell the worker, if there is one."""
        if self._follower is not None:
            self._follower.worker.send(command)

    def close(self) -> None:
        """End the worker, if there is one; nothing that it says from now on is heard. Returns at once."""
        if self._follower is not None:
            self._forget(self._follower)
        if (worker := self._hold.let_go()) is not None:
            run_in_background(self, worker.stop, lambda _: None, self.failed.emit)

    def _follow(self, worker: AttachedWorker) -> None:
        if worker is not self._hold.worker:
            return
        self._last_word = False
        self._follower = AttachedFollower(worker, self)
        self._follower.events.connect(self._hear)
        self._follower.ended.connect(self._on_ended)

    def _forget(self, follower: AttachedFollower) -> AttachedWorker:
        follower.stop()
        follower.deleteLater()
        self._follower = None
        return follower.worker

    def _hear(self, batch: list[AnyEvent]) -> None:
        hold = self._hold
        if said := [event for event in batch if not isinstance(event, Failed | Done)]:
            self.events.emit(said)
        for event in batch:
            if hold is not self._hold or self._follower is None:
                return
            if isinstance(event, Failed):
                self.close()
                self.failed.emit(failure(event))
            elif isinstance(event, Done):
                self._last_word = True

    def _on_ended(self) -> None:
        if self._follower is None:
            return
        worker = self._forget(self._follower)
        self._hold.let_go()
        if self._last_word:
            self.done.emit()
        else:
            self.failed.emit(died(worker, self._doing))


class _Hold:
    """Who has to end the worker that is being started in a thread: whoever comes second, starting or letting go."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted = True
        self.worker: AttachedWorker | None = None

    def take(self, worker: AttachedWorker) -> AttachedWorker:
        """In the thread: keep `worker`, or end it if nobody wants it any more.

        Raises:
            Cancelled: it was ended.
        """
        with self._lock:
            if self._wanted:
                self.worker = worker
                return worker
        worker.stop()
        raise Cancelled

    def let_go(self) -> AttachedWorker | None:
        """On the UI thread: the worker to end, if it is there already."""
        with self._lock:
            self._wanted = False
            worker, self.worker = self.worker, None
            return worker
