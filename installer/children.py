"""Runs a child with its output in the log, shows that it is alive, and never leaves it behind."""

import math
import os
import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from installer.failures import SetupError, explain
from installer.progress import Step

POLL_S = 0.25
GRACE_S = 5.0
TAIL_BYTES = 4096
TAIL_LINES = 15
ENDED = 124  # as coreutils' timeout says it
PIP_ACTION = re.compile(
    r"\s*(Collecting|Downloading|Using cached|Building|Processing|Installing|Unpacking|Setting up)\b(.*)"
)


@dataclass(frozen=True)
class Children:
    """How children are run: where they write, in which environment, and which lock they hold.

    The lock's descriptor is inherited so that a pip that outlives a killed bootstrap still keeps the next one out.
    """

    log: Path
    environment: Mapping[str, str]
    inherited: tuple[int, ...] = field(default=())

    def run(
        self, command: Sequence[str | Path], step: Step, limit_s: float = math.inf, until: re.Pattern[str] | None = None
    ) -> tuple[int, str]:
        """Run to the end, for `limit_s` seconds, or until the last line matches `until`.

        Returns the exit code (124 if it was ended here) and what the child wrote.
        """
        words = [str(word) for word in command]
        with self.log.open("ab") as log:
            log.write(f"\n$ {' '.join(words)}\n".encode())
            log.flush()
            start = log.tell()
            child = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=dict(self.environment),
                pass_fds=self.inherited if os.name == "posix" else (),
            )  # fmt: skip
            code = self._follow(child, start, step, limit_s, until)
        with self.log.open("rb") as log:
            log.seek(start)
            return code, log.read().decode(errors="replace")

    def _follow(
        self, child: "subprocess.Popen[bytes]", start: int, step: Step, limit_s: float, until: re.Pattern[str] | None
    ) -> int:
        deadline_s = time.monotonic() + limit_s
        try:
            while True:
                try:
                    return child.wait(POLL_S)
                except subprocess.TimeoutExpired:
                    line = last_line(self.log, start)
                    step.tick(current_action(line))
                if time.monotonic() > deadline_s or (until and until.search(line)):
                    end(child)
                    return ENDED
        except BaseException:
            end(child)
            raise


def end(child: "subprocess.Popen[bytes]") -> None:
    """Ask the child to stop, and stop it after five seconds."""
    child.terminate()
    try:
        child.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def last_line(log: Path, start: int = 0) -> str:
    """The last line in the log so far, looking no further back than the byte `start`."""
    with log.open("rb") as stream:
        stream.seek(max(start, stream.seek(0, os.SEEK_END) - TAIL_BYTES))
        return (stream.read().decode(errors="replace").splitlines() or [""])[-1]


def current_action(line: str) -> str:
    """What pip or apt is at, from the last line that it wrote: "Downloading torch-2.13.0.whl (190 MB)"."""
    match = PIP_ACTION.match(line)
    if not match:
        return ""
    action, rest = match[1], match[2].split()
    if not rest or action == "Installing":
        return action
    return " ".join([action, rest[0].rsplit("/", 1)[-1], *rest[1:3]])


def give_up(output: str, doing: str, step: Step, pointer: str) -> NoReturn:
    """Raise SetupError for a failed child. What is not understood is shown: its last lines, and `pointer` for more."""
    reason = explain(output, doing)
    if reason is None:
        step.show("\n".join(f"    {line}" for line in output.strip().splitlines()[-TAIL_LINES:]))
        reason = f"{doing} failed; its last words are above."
    raise SetupError(f"{reason} ({pointer})")
