"""How a process ended, as a value that words itself."""

from __future__ import annotations

import signal
from dataclasses import dataclass

_WORDS = {
    "SIGKILL": "it was killed (kill -9, or the system was out of memory)",
    "SIGTERM": "it was asked to end by another program",
    "SIGINT": "it was interrupted",
    "SIGSEGV": "it crashed inside native code (SIGSEGV)",
    "SIGABRT": "it aborted inside native code (SIGABRT)",
    "SIGBUS": "it crashed on a bad memory access, often a full disk (SIGBUS)",
    "SIGILL": "it used an instruction that this processor lacks (SIGILL)",
}


@dataclass(frozen=True)
class Outcome:
    """`returncode` as `subprocess` gives it (negative: the signal), or None where the process was not our child."""

    returncode: int | None

    @property
    def words(self) -> str:
        """The end in words, fit to follow “The worker ended:”."""
        code = self.returncode
        if code is None:
            return "it vanished without a word"
        if code == 0:
            return "it finished"
        number = -code if code < 0 else code - 128
        try:
            name = signal.Signals(number).name
        except ValueError:
            return f"it failed with exit code {code}"
        return _WORDS.get(name, f"a signal ended it ({name})")
