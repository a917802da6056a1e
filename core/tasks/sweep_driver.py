"""The process that leads a sweep: `python -P -m core.tasks.sweep_driver NAME`. It starts one worker after the other.

Nothing that it knows is lost with it: what comes next is decided anew each time, from the sweep's document and the
runs' logs. A worker that it started goes on to its rung without it.
"""

from __future__ import annotations

import logging
import signal
import sys
import time
from collections import Counter
from types import FrameType

from filelock import FileLock, Timeout

from core import paths
from core.errors import TunesmithError
from core.runs.commands import take
from core.runs.info import RunInfo
from core.runs.liveness import read_identity, write_own_identity
from core.runs.queue import RunQueue
from core.runs.run import Run
from core.runs.store import RunStore
from core.sweeps.budget import cut_to_budget, pace_of
from core.sweeps.halving import Course, Piece, next_piece, rank
from core.sweeps.reading import MOST_DEATHS, CandidateLog
from core.sweeps.standing import standing, title_of
from core.sweeps.store import DRIVER_LOCK, STANDING, SweepStatus, SweepStore
from core.sweeps.values import Sweep, Value
from core.sweeps.words import change_words, share_word
from core.tasks import train
from core.tasks.sweep import TAG, runs_of
from core.worker import detached

POLL_S = 0.5
WAIT_S = 2.0
END_S = 5.0

log = logging.getLogger("tunesmith.sweeps")


class Driver:
    """Leads one sweep on, a look at a time.

    Attributes:
        sweep: what it leads.
        stop_wanted: whether the person wants it to end.
    """

    def __init__(self, name: str) -> None:
        self._store = SweepStore()
        self._runs = RunStore()
        self.sweep: Sweep = self._store.read(name)
        self.stop_wanted = False
        self._logs = {run: CandidateLog(self._runs.root / run) for run in runs_of(self.sweep)}
        self._said: SweepStatus | None = None
        self._told: set[str] = set()
        self._launched: Piece | None = None
        self._attempts: Counter[Piece] = Counter()

    def advance(self) -> float | None:
        """Look, and do what comes next; after how many seconds to look again, None at the end."""
        detached.reap()
        self.hear()
        at_work = [run for run in self._logs if self._works(run)]
        for each in self._logs.values():
            each.poll()
        try:
            return self._lead(at_work[0]) if at_work else self._go_on()
        except TunesmithError as error:
            log.exception("The sweep ends.")
            self.say(SweepStatus(state="failed", error=error.fields()))
            return None

    def hear(self) -> None:
        """Take what the person has told it."""
        self.stop_wanted = self.stop_wanted or "stop" in take(self._store.root / self.sweep.name)

    def say(self, status: SweepStatus) -> None:
        """Tell whoever looks, if it is something new."""
        if status != self._said:
            self._store.say(self.sweep.name, status)
            self._said = status

    def _works(self, run: str) -> bool:
        identity = read_identity(self._runs.root / run)
        return identity is not None and identity.alive()

    def _courses(self) -> dict[str, Course]:
        return {run: each.course(self.sweep.rungs) for run, each in self._logs.items()}

    def _lead(self, run: str) -> float:
        """A worker of ours is at it."""
        if self.stop_wanted:
            if run not in self._told:
                self._told.add(run)
                train.stop(run)
            self.say(SweepStatus(state="running", text="Stopping: the run at work writes a checkpoint first."))
            return POLL_S
        if self._runs.get(run).summary().state == "paused":
            self.say(SweepStatus(state="running", text=f"{run} is paused."))
            return POLL_S
        self.say(SweepStatus(state="running", text=self._words(run)))
        self._measure(run)
        return POLL_S

    def _words(self, run: str) -> str:
        if run == self.sweep.twin:
            return "The winner once more, with another seed."
        changes = self._changes(run)
        words = change_words(changes, self.sweep.varied)
        if self.sweep.pace is None:
            return f"Measuring the pace with {words}."
        place = len(rank(self.sweep, self._courses()).rungs) - 1
        return f"Training {words}, to {share_word(self.sweep.rungs[place])}."

    def _changes(self, run: str) -> dict[str, Value]:
        if run == self.sweep.twin:
            winner = rank(self.sweep, self._courses()).winner
            return self._changes(winner) | {"seed": self.sweep.twin_seed}
        return next(one.changes for one in self.sweep.candidates if one.run == run)

    def _measure(self, run: str, *, least: int | None = None) -> None:
        """Once the pace is known: keep it, and where the budget asks for shorter runs make this one anew."""
        if self.sweep.pace is not None:
            return
        changes, course = self._changes(run), self._courses()[run]
        pace = pace_of(course, changes) if least is None else pace_of(course, changes, least)
        if pace is None:
            return
        try:
            measured = cut_to_budget(self.sweep, pace)
        except TunesmithError:
            self._throw_away(run)
            raise
        self._store.write(measured)
        self.sweep = measured
        if measured.kept_share < 1.0:
            self._throw_away(run)

    def _throw_away(self, run: str) -> None:
        train.end(run, END_S)
        self._runs.delete(run)
        self._launched = None
        self._attempts.clear()

    def _go_on(self) -> float | None:
        """Nobody of ours is at work."""
        if self.stop_wanted:
            self.say(SweepStatus(state="stopped"))
            return None
        if self.sweep.pace is None:
            begun = [run for run, course in self._courses().items() if course.step]
            if begun:
                self._measure(begun[0], least=1)
        piece = next_piece(self.sweep, self._courses())
        if piece is None:
            self._finish()
            return None
        if piece == self._launched and self._runs.get(piece.run).summary().state == "stopped":
            self.say(SweepStatus(state="stopped", text=f"{piece.run} was stopped, and with it the sweep."))
            return None
        if (other := self._other_run()) is not None:
            self.say(SweepStatus(state="waiting", text=f"Waits for {other} to end."))
            return WAIT_S
        self._start(piece)
        return POLL_S

    def _other_run(self) -> str | None:
        """A run that is about to be at work or is, and so not ours: two at once would slow each other down, or not fit.
        The queue starts none while this process is there. Asked in this order: what is no longer announced has a worker
        by then."""
        queue = RunQueue()
        return queue.starting() or queue.busy()

    def _start(self, piece: Piece) -> None:
        self._attempts[piece] += 1
        run = self._run(piece)
        if self._attempts[piece] > MOST_DEATHS:
            raise TunesmithError(
                "sweep.worker_died",
                what=f"The training process of “{run.name}” died {MOST_DEATHS} times.",
                why=f"Its last line: {run.last_words(1).strip() or 'none'}.",
                remedy="Look into its worker.log, then resume the sweep.",
                where=str(run.path),
            )
        train.launch(run, self.sweep.rungs[piece.rung])
        self._launched = piece
        self._told.discard(run.name)
        self.say(SweepStatus(state="running", text=self._words(run.name)))

    def _run(self, piece: Piece) -> Run:
        """The run of `piece`; what is half made, or was made before the steps were cut, is made anew."""
        changes = self._changes(piece.run)
        job = self.sweep.job_of(changes)
        if (self._runs.root / piece.run).is_dir():
            found = self._runs.get(piece.run)
            try:
                if found.info().name == piece.run and found.job().settings == job.settings:
                    return found
            except TunesmithError as error:
                log.warning("%s is made anew: %s", piece.run, error)
            self._throw_away(piece.run)
        words = change_words(changes, [*self.sweep.varied, "seed"])
        about = RunInfo(
            name=piece.run,
            title=title_of(self.sweep, words),
            tags=[TAG],
            predicted_row_tokens=self.sweep.longest_row,
        )
        return train.create(job, about=about)

    def _finish(self) -> None:
        """All is trained: the table is kept, or why there is none."""
        courses = self._courses()
        if not rank(self.sweep, courses).winner:
            reasons = sorted({course.failed for course in courses.values() if course.failed})
            raise TunesmithError(
                "sweep.all_failed",
                what="None of the sweep's runs came to its end.",
                why=" ".join(reasons),
                remedy="Try the settings with a single run first.",
                where=self.sweep.name,
            )
        status = SweepStatus(state="finished")
        self._store.keep(self.sweep.name, STANDING, standing(self.sweep, self._logs, status))
        self.say(status)


def drive(name: str) -> int:
    """Lead the sweep called `name` to its end, or until somebody stops it; the exit code."""
    store = SweepStore()
    write_own_identity(store.folder(name))
    driver = Driver(name)

    def on_signal(number: int, frame: FrameType | None) -> None:
        driver.stop_wanted = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    lock = FileLock(store.root / DRIVER_LOCK)
    while True:
        try:
            lock.acquire(timeout=0)
            break
        except Timeout:
            driver.hear()
            if driver.stop_wanted:
                driver.say(SweepStatus(state="stopped"))
                return 0
            driver.say(SweepStatus(state="waiting", text="Waits for another sweep to end."))
            time.sleep(WAIT_S)
    with lock:
        while (rest_s := driver.advance()) is not None:
            time.sleep(rest_s)
    return 0


def main(arguments: list[str]) -> int:
    """The process's entry; the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    if len(arguments) != 1:
        sys.stderr.write("usage: python -P -m core.tasks.sweep_driver NAME\n")
        return 2
    paths.ensure_dir(paths.sweeps_dir())
    return drive(arguments[0])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
