"""The training worker: one run in one folder, from the lock to the last word.

Imports nothing heavy at the top, so that the log says “starting” at once and not when torch has been read from the
disk.
"""

from __future__ import annotations

import os
from pathlib import Path

from filelock import FileLock, Timeout

from core.engine.awake import kept_awake
from core.engine.board import drawn_on_board
from core.engine.control import Control, StopRequested
from core.engine.emit import Emit, EventWriter
from core.engine.failures import OutOfMemory, failed
from core.engine.going_leaner import go_on_leaner
from core.engine.libraries import import_bitsandbytes
from core.engine.paused import hold_still
from core.engine.progress import RunProgress
from core.engine.renewal import FIRST, LOCK_S, Renewal
from core.engine.stillness import heard
from core.errors import TunesmithError
from core.events import Finished, Opened, Progress, RunState, StateChanged
from core.runs.info import RunInfo
from core.runs.judging import judge
from core.runs.liveness import write_own_identity
from core.runs.log import FILE as EVENTS_FILE
from core.runs.log import last_events
from core.runs.run import LOCK_FILE, Run
from core.upgrades import VERSIONS

SIGNAL_EXIT = 128  # a shell's exit code for a program that a signal ended is 128 and the signal's number


def work(folder: Path, how: Renewal = FIRST) -> int | Renewal:
    """Train the run in `folder`; the exit code, or how a fresh process shall go on. Two workers never share a folder:
    the second leaves without touching it.

    Raises:
        TunesmithError: `run.busy`, `run.finished`, `run.not_found`; nothing was written then.
    """
    if not folder.is_dir():
        raise _refusal("run.not_found", "This is no run.", "There is no such folder.", "Check the path.", folder)
    lock = FileLock(folder / LOCK_FILE)
    try:
        lock.acquire(timeout=LOCK_S if how.renewed else 0)
    except Timeout as error:
        raise _refusal(
            "run.busy",
            f"The run “{folder.name}” is already at work.",
            "Another process trains it; two would spoil each other's files.",
            "Follow that one, or stop it first.",
            folder,
        ) from error
    try:
        _refuse_finished(folder)
        write_own_identity(folder)
        with EventWriter.for_log(folder / EVENTS_FILE) as writer:
            end = _to_the_end(Run(folder), writer.emit, how)
        if isinstance(end, int):
            _keep_record(folder)
        return end
    finally:
        lock.release()


def _keep_record(folder: Path) -> None:
    """A long run's curves, so that it opens at once. After the last word, so that nobody waits for it."""
    from core.runs.record import keep_if_long

    keep_if_long(folder)


def _refuse_finished(folder: Path) -> None:
    endings = [event for event in last_events(folder) if isinstance(event, Finished)]
    if endings and endings[-1].state == "finished":
        raise _refusal(
            "run.finished",
            f"The run “{folder.name}” has finished.",
            "All its steps are done.",
            "Chat with it, or start a new run with more epochs.",
            folder,
        )


def _refusal(code: str, what: str, why: str, remedy: str, folder: Path) -> TunesmithError:
    return TunesmithError(code, what=what, why=why, remedy=remedy, where=str(folder))


def _to_the_end(run: Run, emit: Emit, how: Renewal) -> int | Renewal:
    """Train, and say how it ended, however it ended."""
    control, progress, info = Control(run.path, at_once=not how.paused), RunProgress(), RunInfo(name=run.name)
    state: RunState
    if not how.paused:
        _open(emit)
    try:
        control.install()
        info = run.info()
        state = _train(run, emit, control, progress, how)
        if state == "paused":
            emit(StateChanged(state="paused"))
            control.hand_on()
            return Renewal(paused=True, retried=how.retried)
    except StopRequested:
        state = "stopped"
    except OutOfMemory as error:
        if go_on_leaner(run, error, how, emit):
            control.hand_on()
            return Renewal(retried=True)
        emit(failed(error))
        state = "failed"
    except Exception as error:  # noqa: BLE001 (the one place where every failure becomes an event)
        emit(failed(error))
        state = "failed"
    emit(StateChanged(state=state))
    judged = judge(run, ended_itself=state == "finished")
    if judged is not None:
        emit(judged)
    emit(_finished(run, state, progress, info))
    if state == "failed":
        return 1
    return SIGNAL_EXIT + control.signal_number if control.signal_number else 0


def _train(run: Run, emit: Emit, control: Control, progress: RunProgress, how: Renewal) -> RunState:
    if how.paused:
        if not hold_still(run, control, progress):
            return "stopped"
        _open(emit)
    emit(Progress(phase="loading", text="Starting the training engine"))
    settings = run.job().settings
    with (
        kept_awake(settings.keep_awake),
        heard(emit, run.path) as speak,
        drawn_on_board(settings.tensorboard, run.path, speak) as draw,
    ):
        import_bitsandbytes()
        from core.engine.training import train

        return train(run, draw, control, progress)


def _open(emit: Emit) -> None:
    emit(Opened(version=VERSIONS["events"], task="train", pid=os.getpid()))
    emit(StateChanged(state="starting"))


def _finished(run: Run, state: RunState, progress: RunProgress, info: RunInfo) -> Finished:
    return Finished(
        run=run.name,
        state=state,
        steps=progress.steps,
        loss_first=progress.loss_first,
        loss_last=progress.loss_last,
        peak_memory_bytes=progress.peak_memory_bytes,
        predicted_memory_bytes=info.predicted_memory_bytes,
        tokens_per_second=progress.tokens_per_second,
        seconds=progress.seconds,
        adapter_step=progress.adapter_step,
        stopped_early=progress.validation.stopped_early,
    )
