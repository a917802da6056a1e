"""Numbered steps: one live line with elapsed seconds on a terminal, plain lines elsewhere."""

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

HEARTBEAT_S = 30.0


class Step:
    """One step on the screen, from its title to its elapsed time."""

    def __init__(self, title: str, out: TextIO, clock: Callable[[], float]) -> None:
        self.title, self.out, self.clock = title, out, clock
        self.live = out.isatty()
        self.started_s = self.spoke_s = clock()
        self.width = 0
        if not self.live:
            self._line(f"{title} ...")

    def elapsed_s(self) -> float:
        return self.clock() - self.started_s

    def tick(self, detail: str = "") -> None:
        """Show that the step is alive: often on a terminal, every half minute elsewhere."""
        text = f"{self.title} ... {self.elapsed_s():.0f} s"
        detail = f"  {detail}" if detail else ""
        if self.live:
            self._over(text + detail)
        elif self.clock() - self.spoke_s >= HEARTBEAT_S:
            self.spoke_s = self.clock()
            self._line(f"{text} so far{detail}")

    def note(self, text: str) -> None:
        """Say something that stays on the screen."""
        self.show(f"      {text}")

    def show(self, lines: str) -> None:
        """Put lines above the live one."""
        self._over("")
        self._line(lines)

    def end(self, outcome: str) -> None:
        text = f"{self.title} ... {outcome}{self.elapsed_s():.0f} s"
        self._over(text)
        self._line("" if self.live else text)

    def _over(self, text: str) -> None:
        if not self.live:
            return
        text = text[: shutil.get_terminal_size().columns - 1]
        # Spaces and not an escape sequence: older Windows consoles print the latter.
        self.out.write("\r" + text.ljust(self.width) + ("" if text else "\r"))
        self.out.flush()
        self.width = len(text)

    def _line(self, text: str) -> None:
        self.out.write(text + "\n")
        self.out.flush()


class Progress:
    """Counts the steps of one set-up."""

    def __init__(self, total: int, out: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.total, self.number = total, 0
        self.out, self.clock = out or sys.stdout, clock

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        self.number += 1
        step = Step(f"[{self.number}/{self.total}] {title}", self.out, self.clock)
        try:
            yield step
        except BaseException:
            step.end("stopped after ")
            raise
        step.end("")
