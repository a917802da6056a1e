"""How a training worker is told things: command files in the run's folder, and signals."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path
from types import FrameType

from core.runs import commands

PAUSE_POLL_S = 0.5  # a night of waiting shall cost nothing to speak of


class StopRequested(BaseException):
    """The person wants this to end. Like KeyboardInterrupt no `Exception`, so that no library swallows it."""


class Control:
    """Signals and commands, as flags that the training loop reads between steps.

    While the model loads, the first signal raises `StopRequested` at once; during training it asks for a stop after
    the step. A second signal ends the process as the system does by default.

    Attributes:
        signal_number: the signal that asked for the stop, or 0.
    """

    def __init__(self, folder: Path, *, at_once: bool = True) -> None:
        """For the run in `folder`. `at_once` False: a signal is only noted, as during training."""
        self._folder = folder
        self._at_once = at_once
        self._hands_on = False
        self._stop = False
        self._pause = False
        self._checkpoint = False
        self.signal_number = 0

    def install(self) -> None:
        """Listen to SIGTERM and SIGINT (on Windows, Ctrl-Break)."""
        for number in self._signals():
            signal.signal(number, self._on_signal)
        if sys.platform != "win32":  # what came while a fresh process took over has waited (core.engine.renewal)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, self._signals())

    @staticmethod
    def _signals() -> tuple[signal.Signals, ...]:
        if sys.platform == "win32":
            return (signal.SIGTERM, signal.SIGINT, signal.SIGBREAK)
        return (signal.SIGTERM, signal.SIGINT)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        for each in self._signals():
            signal.signal(each, signal.SIG_DFL)
        self.signal_number = number
        self._stop = True
        if self._hands_on:
            commands.post(self._folder, "stop")
        elif self._at_once:
            raise StopRequested

    def begin_loading(self) -> None:
        """From now on a signal ends it at once."""
        self._at_once = True

    def begin_training(self) -> None:
        """From now on a stop waits for the end of the step."""
        self._at_once = False
        self.poll()
        if self._stop:
            raise StopRequested

    def hand_on(self) -> None:
        """A fresh process is about to take over: a stop that was noted is left for it as a command, and so is a signal
        that still comes.

        Raises:
            TunesmithError: `file.not_writable`.
        """
        self._hands_on = True
        if self._stop:
            commands.post(self._folder, "stop")

    def poll(self) -> None:
        """Read the commands that have arrived."""
        for command in commands.take(self._folder):
            self._pause = (self._pause or command == "pause") and command != "resume"
            self._stop = self._stop or command == "stop"
            self._checkpoint = self._checkpoint or command == "checkpoint"

    @property
    def stop_wanted(self) -> bool:
        """Whether the run shall end after this step."""
        return self._stop

    @property
    def pause_wanted(self) -> bool:
        """Whether the run shall hold still after this step."""
        return self._pause and not self._stop

    def ask_checkpoint(self) -> None:
        """A checkpoint shall be written after this step."""
        self._checkpoint = True

    def take_checkpoint_request(self) -> bool:
        """Whether a checkpoint was asked for since the last call."""
        wanted, self._checkpoint = self._checkpoint, False
        return wanted

    def pause(self) -> None:
        """Pause as if it had been asked for; a `resume` ends it."""
        self._pause = True

    def wait_while_paused(self) -> None:
        """Hold still until resume or stop. A checkpoint asked for meanwhile is there already."""
        while self.pause_wanted:
            time.sleep(PAUSE_POLL_S)
            self.poll()
        self._checkpoint = False
