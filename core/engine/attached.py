"""The attached worker: one task from the first line of stdin, commands after it, events on stdout."""

from __future__ import annotations

import os

import msgspec

from core.engine.emit import Emit, EventWriter
from core.engine.failures import failed
from core.engine.inbox import Inbox
from core.engine.libraries import import_bitsandbytes
from core.errors import Cancelled, TunesmithError
from core.events import Done, Opened
from core.requests import (
    AttachedTask,
    ChatRequest,
    DownloadRequest,
    FindRateRequest,
    InspectRequest,
    MeasureRequest,
    RehearseRequest,
)
from core.upgrades import VERSIONS


def serve() -> int:
    """Do the task that stdin names; the exit code. The last event is `done` or `failed`, unless the person
    cancelled."""
    stream = os.fdopen(os.dup(0), "rb")  # not sys.stdin: a thread that waits in that one aborts Python's own ending
    with EventWriter.for_stdout() as writer:
        line = stream.readline()
        if not line.strip():
            return 0
        inbox = Inbox(stream)
        try:
            task = _task(line)
            writer.emit(Opened(version=VERSIONS["events"], task=_name(task), pid=os.getpid()))
            _do(task, writer.emit, inbox)
            writer.emit(Done())
        except Cancelled:
            return 0
        except Exception as error:  # noqa: BLE001 (the one place where every failure becomes an event)
            writer.emit(failed(error))
            return 1
        finally:
            inbox.close()
    return 0


def _task(line: bytes) -> AttachedTask:
    try:
        task: AttachedTask = msgspec.json.decode(line, type=AttachedTask)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise TunesmithError(
            "engine.unknown_task",
            what="The engine was asked for something that it does not know.",
            why=f"{error}.",
            remedy="Update Tunesmith as a whole: window and engine must be of one version.",
            where="stdin",
        ) from error
    return task


def _name(task: AttachedTask) -> str:
    return str(type(task).__struct_config__.tag)


def _do(task: AttachedTask, emit: Emit, inbox: Inbox) -> None:
    """Imports only what the task needs: a download must not wait for torch."""
    if isinstance(task, DownloadRequest):
        from core.engine import download

        download.run(task, emit, inbox.quitting)
        return
    os.environ["HF_HUB_OFFLINE"] = "1"  # all that the others need lies on the disk; nothing may ask the network
    if isinstance(task, InspectRequest):
        from core.engine import inspect

        inspect.run(task, emit, inbox.quitting)
        return
    if isinstance(task, RehearseRequest):
        os.environ["CUDA_VISIBLE_DEVICES"] = ""  # it needs no card, and must not take of its memory
    import_bitsandbytes()
    if isinstance(task, RehearseRequest):
        from core.engine.rehearsal import serve as rehearsing

        rehearsing.run(emit, inbox)
        return
    if isinstance(task, MeasureRequest):
        from core.engine.measuring import measure

        measure.run(task, emit)
        return
    if isinstance(task, FindRateRequest):
        from core.engine import lr_range

        lr_range.run(task, emit)
        return
    assert isinstance(task, ChatRequest)
    from core.engine import chat

    chat.run(task, emit, inbox)
