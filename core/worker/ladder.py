"""Stopping a process: ask, interrupt, kill the group, each with its time."""

from __future__ import annotations

import contextlib
import os
import signal
import sys

import psutil

from core.runs.liveness import WorkerIdentity

INTERRUPT_S = 5.0


def interrupt(identity: WorkerIdentity) -> None:
    """Ask a worker to checkpoint and end; it may take its time. A worker that is gone already is left in peace."""
    if not identity.alive():
        return
    if sys.platform == "win32":
        with contextlib.suppress(OSError):  # a worker with a console of its own, or none, cannot be signalled
            os.kill(identity.pid, signal.CTRL_BREAK_EVENT)
    else:
        with contextlib.suppress(ProcessLookupError):
            os.kill(identity.pid, signal.SIGTERM)


def kill(identity: WorkerIdentity) -> None:
    """End a worker and all its children at once. What it had not written is lost."""
    if not identity.alive():
        return
    try:
        process = psutil.Process(identity.pid)
        family = [*process.children(recursive=True), process]
    except psutil.NoSuchProcess:
        return
    for member in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            member.kill()
    psutil.wait_procs(family, timeout=INTERRUPT_S)


def climb(identity: WorkerIdentity, patience_s: float = INTERRUPT_S) -> None:
    """Interrupt, wait up to `patience_s` seconds, then kill. Blocks: never call it on a window's thread."""
    interrupt(identity)
    try:
        psutil.Process(identity.pid).wait(timeout=patience_s)
    except psutil.NoSuchProcess:
        return
    except psutil.TimeoutExpired:
        kill(identity)
