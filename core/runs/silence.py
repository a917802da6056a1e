"""When a run has been silent for too long, and what its followers can tell then.

The worker itself says what it is doing (`Quiet`). Where it cannot, because a library holds Python's lock, its stack
lies in a file beside the log, and the system knows whether the process computes or waits.
"""

from __future__ import annotations

import time
from pathlib import Path

import psutil

from core.events import AnyEvent, CardReading, Finished, Memory, Quiet, StateChanged, Step, Warned
from core.runs.liveness import WorkerIdentity, read_identity
from core.runs.whereabouts import dumped_frames, words_of

STACK_FILE = "stack.txt"
LEAST_S = 60.0  # less silence than this is nothing to speak of
STEPS = 5.0  # usual steps that may pass in silence
GROWTH = 1.5  # of the silence, from one word about it to the next
SMOOTHING = 0.8
NO_PROGRESS = (CardReading, Memory, Quiet, Warned)  # may be said while the work itself stands still
BUSY_SHARE = 0.2  # of one core: more is computing, not waiting


class Pace:
    """How long a step takes in one run, as its events tell."""

    def __init__(self) -> None:
        self.usual_s = 0.0

    def step(self, event: Step) -> None:
        """Note one step."""
        took = event.tokens / event.tokens_per_second if event.tokens_per_second else 0.0
        self.usual_s = SMOOTHING * self.usual_s + (1 - SMOOTHING) * took if self.usual_s else took

    @property
    def limit_s(self) -> float:
        """How much silence is still usual."""
        return max(LEAST_S, STEPS * self.usual_s)


class SilenceWatch:
    """One follower's ear for one run. Feed it the events as they come, and `look` now and then."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pace = Pace()
        self._heard_at = time.monotonic()
        self._said_at = time.time()
        self._expects = False
        self._busy_from: tuple[float, float] | None = None

    def hear(self, event: AnyEvent) -> None:
        """Note `event`: whatever it is, the worker can still speak."""
        self._heard_at, self._said_at, self._busy_from = time.monotonic(), event.time, None
        if isinstance(event, StateChanged | Finished):
            self._expects = event.state in ("starting", "running")
        elif isinstance(event, Quiet):
            self._expects = False  # it speaks for itself from here on
        elif isinstance(event, Step):
            self._expects = True
            self._pace.step(event)

    def look(self) -> Quiet | None:
        """What can be told of a worker that should have spoken and did not; once for each silence."""
        silent_s = time.monotonic() - self._heard_at
        if not self._expects or silent_s < self._pace.limit_s:
            return None
        worker = read_identity(self._folder)
        if worker is None or not worker.alive():
            return None
        if self._busy_from is None:
            self._busy_from = (time.monotonic(), _processor_s(worker))
        if silent_s < GROWTH * self._pace.limit_s:
            return None
        self._expects = False
        text, place = self._from_stack()
        said = text or self._from_system(worker)
        return Quiet(seconds=time.time() - self._said_at, usual_s=self._pace.usual_s, text=said, place=place)

    def _from_stack(self) -> tuple[str, str]:
        path = self._folder / STACK_FILE
        if not path.exists() or path.stat().st_mtime < self._said_at:
            return "", ""
        frames = dumped_frames(path.read_text(encoding="utf-8", errors="replace"))
        return words_of(frames) if frames else ("", "")

    def _from_system(self, worker: WorkerIdentity) -> str:
        assert self._busy_from is not None
        since, before_s = self._busy_from
        share = (_processor_s(worker) - before_s) / max(1e-3, time.monotonic() - since)
        return "computing inside a library" if share > BUSY_SHARE else "waiting inside a library or the driver"


def quiet_words(quiet: Quiet) -> str:
    """“Nothing new for 2 min, where a step takes 3 s. The worker is in the backward pass.”"""
    usual = f", where a step takes {_span(quiet.usual_s)}" if quiet.usual_s else ""
    return f"Nothing new for {_span(quiet.seconds)}{usual}. The worker is {quiet.text}."


def _span(seconds: float) -> str:
    """“0.4 s”, “12 s”, “90 s”, “4 min”, “3 h”."""
    if seconds < 120:
        return f"{seconds:.1g} s" if seconds < 1 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"


def _processor_s(worker: WorkerIdentity) -> float:
    """Seconds of the processor that the worker has used so far; 0 if it is gone or the system does not tell."""
    try:
        times = psutil.Process(worker.pid).cpu_times()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0.0
    return float(times.user + times.system)
