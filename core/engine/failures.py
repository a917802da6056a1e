"""Any exception as the `Failed` event that the person sees; tracebacks go to the log alone."""

from __future__ import annotations

import errno
import logging
import sys

from core.engine.card_errors import card_error
from core.errors import TunesmithError
from core.events import Failed

_log = logging.getLogger(__name__)

MEMORY_REMEDY = (
    "Choose a smaller batch size, a shorter longest sequence, gradient checkpointing or NF4; or close other "
    "programs that use the memory. What the last checkpoint holds is safe."
)
NO_ROOM = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
NO_ROOM_WORDS = ("no space left on device", "disk quota exceeded", "inline_container.cc", "pytorchstreamwriter failed")
OUT_OF_MEMORY_WORDS = ("out of memory", "can't allocate memory", "not enough memory", "cublas_status_alloc_failed")


class OutOfMemory(TunesmithError):
    """Memory ran out in the middle of the training.

    Attributes:
        short_bytes: what was asked for and not there; 0 if nobody said.
    """

    def __init__(self, what: str, why: str, where: str, short_bytes: int) -> None:
        super().__init__("engine.out_of_memory", what=what, why=why, remedy=MEMORY_REMEDY, where=where)
        self.short_bytes = short_bytes

    def add(self, words: str) -> None:
        """Add a sentence to the reason."""
        self.why = f"{self.why} {words}"


def failed(error: BaseException) -> Failed:
    """What to say of `error`: a `TunesmithError` as it is, memory, card and disk by name, anything else as a bug."""
    if isinstance(error, TunesmithError):
        _log.error("%s: %s", error.code, error, exc_info=error.__cause__)
        return Failed(**error.fields())
    _log.error("The task failed.", exc_info=error)
    return Failed(**(_known(error) or _internal(error)).fields())


def _known(error: BaseException) -> TunesmithError | None:
    if is_out_of_memory(error):
        return _out_of_memory(error)
    if (of_card := card_error(error)) is not None:
        return of_card
    if is_disk_full(error):
        return TunesmithError(
            "engine.disk_full",
            what="The disk is full.",
            why="What had to be written found no room.",
            remedy="Free some space, then go on from the last checkpoint.",
            where=str(getattr(error, "filename", None) or ""),
        )
    if isinstance(error, ImportError):
        return TunesmithError(
            "engine.package_missing",
            what="A package that this needs is not installed, or does not fit the others.",
            why=f"Python says: {error}.",
            remedy="Run `python3 installer/bootstrap.py run` to repair the installation, or choose other settings.",
            where=error.name or "",
        )
    return None


def is_disk_full(error: BaseException | None) -> bool:
    """Whether `error`, or what caused it, means that a disk or a quota is full. safetensors and PyTorch raise errors of
    their own then; PyTorch's says only that fewer bytes were written than it wanted."""
    if error is None:
        return False
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return True
    return any(words in str(error).lower() for words in NO_ROOM_WORDS) or is_disk_full(error.__cause__)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether `error` means that memory ran out, the card's or the computer's."""
    torch = sys.modules.get("torch")
    if isinstance(error, MemoryError) or (torch is not None and isinstance(error, torch.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(word in str(error).lower() for word in OUT_OF_MEMORY_WORDS)


def _out_of_memory(error: BaseException) -> TunesmithError:
    return TunesmithError(
        "engine.out_of_memory", what=whose_memory(error), why=f"{first_line(error)}", remedy=MEMORY_REMEDY
    )


def whose_memory(error: BaseException) -> str:
    """Which memory ran out, as a sentence."""
    on_card = "cuda" in f"{type(error).__name__} {error}".lower()
    return "The memory of the card ran out." if on_card else "The computer's memory ran out."


def _internal(error: BaseException) -> TunesmithError:
    return TunesmithError(
        "internal",
        what="Something went wrong inside Tunesmith.",
        why=f"{type(error).__name__}: {first_line(error)}",
        remedy="Try again; if it happens again, report it with the log.",
    )


def first_line(error: BaseException) -> str:
    """What an exception says, cut short; its type's name where it says nothing."""
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__
