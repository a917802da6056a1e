"""A worker that has said nothing for long says what it is doing: a sample of its stack, in words.

Where even this thread cannot run, because a library holds Python's lock, Python's faulthandler writes the stack into a
file beside the log, without needing that lock; whoever follows the run reads it there (`core.runs.silence`).
"""

from __future__ import annotations

import faulthandler
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import psutil

from core.engine.emit import Emit
from core.events import AnyEvent, Quiet, StateChanged, Step
from core.runs.silence import GROWTH, NO_PROGRESS, STACK_FILE, Pace
from core.runs.whereabouts import Frame, words_of

TICK_S = 5.0
DEAF_S = 60.0  # so long this thread may not have run before the stack is written without it


class Stillness:
    """Hears what a worker says, passes it on, and speaks itself when nothing was said for long."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._pace = Pace()
        self._heard_at = time.monotonic()
        self._paused = False
        self._next_s = 0.0

    def hear(self, event: AnyEvent) -> None:
        """Pass `event` on."""
        self._emit(event)
        if isinstance(event, NO_PROGRESS):
            return
        self._heard_at, self._next_s = time.monotonic(), 0.0
        if isinstance(event, StateChanged):
            self._paused = event.state == "paused"
        if isinstance(event, Step):
            self._pace.step(event)

    def look(self) -> None:
        """Say what the main thread is doing, if nothing was said for longer than a step should take, and again after
        half as long once more."""
        silent_s = time.monotonic() - self._heard_at
        if self._paused or silent_s < max(self._pace.limit_s, self._next_s):
            return
        self._next_s = GROWTH * silent_s
        text, place = words_of(main_frames())
        if psutil.Process().status() == psutil.STATUS_DISK_SLEEP:
            text = f"waiting for the disk, {text}"
        self._emit(Quiet(seconds=silent_s, usual_s=self._pace.usual_s, text=text, place=place))


def main_frames() -> list[Frame]:
    """Where the main thread stands, the innermost frame first."""
    main = threading.main_thread().ident
    frame: FrameType | None = sys._current_frames().get(main) if main is not None else None
    found = []
    while frame is not None:
        code = frame.f_code
        found.append(Frame(code.co_filename, frame.f_lineno, code.co_name, _about(frame.f_locals.get("self"))))
        frame = frame.f_back
    return found


def _about(module: Any) -> str:
    """“layer 12”, where the frame is a method of a part of the model that knows its number."""
    number = getattr(module, "layer_idx", None)
    return f"layer {number + 1}" if isinstance(number, int) else ""


@contextmanager
def heard(emit: Emit, folder: Path) -> Iterator[Emit]:
    """Within, `emit` speaks for a worker that says nothing for long."""
    stillness, ended = Stillness(emit), threading.Event()
    with (folder / STACK_FILE).open("w", encoding="utf-8") as stack:

        def watch() -> None:
            while True:
                faulthandler.dump_traceback_later(DEAF_S, file=stack)
                if ended.wait(TICK_S):
                    return
                stillness.look()

        thread = threading.Thread(target=watch, name="stillness", daemon=True)
        thread.start()
        try:
            yield stillness.hear
        finally:
            ended.set()
            thread.join()
            faulthandler.cancel_dump_traceback_later()
