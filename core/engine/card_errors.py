"""What a card's failure means, from the words of CUDA's own errors (CUDA 13's `cudaGetErrorString`, cuBLAS, cuDNN)."""

from __future__ import annotations

from core.errors import TunesmithError
from core.hardware.nvml import NoDriver, open_nvml

OF_THE_CARD = ("cuda error", "cuda driver error", "cublas_status", "cudnn_status", "cudnn error", "nvrtc")
LOST = (
    "no cuda-capable device",
    "busy or unavailable",
    "uncorrectable ecc",
    "gpu is lost",
    "context is destroyed",
    "unknown error",
    "driver shutting down",
    "system not yet initialized",
    "initialization error",
)
TIMED_OUT = ("launch timed out",)
SAFE = "What the last checkpoint holds is safe: resume from it."


def card_error(error: BaseException) -> TunesmithError | None:
    """The error for the person if `error` came from the card or its driver, else None."""
    said = str(error).strip()
    words = said.lower()
    if not isinstance(error, RuntimeError) or not any(mark in words for mark in OF_THE_CARD):
        return None
    line = said.splitlines()[0][:300].rstrip(".")
    if any(mark in words for mark in TIMED_OUT):
        return _timed_out(line)
    if any(mark in words for mark in LOST) or not answers():
        return _lost(line)
    return _failed(line)


def answers() -> bool:
    """Whether every card still answers its driver; true where nobody can be asked."""
    try:
        nvml = open_nvml()
    except NoDriver:
        return True
    try:
        return None not in nvml.handles()
    except NoDriver:
        return False
    finally:
        nvml.close()


def _lost(line: str) -> TunesmithError:
    return TunesmithError(
        "engine.card_lost",
        what="The graphics card was lost in the middle of the run.",
        why=f"The driver says: {line}. It fell off its bus, its driver was reset or updated, or its memory failed.",
        remedy=f"Restart the computer. {SAFE} If it happens again: check the card's power cables and temperature, and "
        "take back any overclocking.",
    )


def _timed_out(line: str) -> TunesmithError:
    return TunesmithError(
        "engine.card_timed_out",
        what="The system stopped the card because one computation took too long.",
        why=f"The driver says: {line}. A card that also drives a screen may be held up for a few seconds only.",
        remedy=f"{SAFE} Choose a smaller batch size, or let the screen run on another card.",
    )


def _failed(line: str) -> TunesmithError:
    return TunesmithError(
        "engine.card_error",
        what="A computation on the graphics card failed.",
        why=f"The driver says: {line}. After that the card takes no more work from this process.",
        remedy=f"{SAFE} If it fails at the same step again, choose sdpa as attention and adamw as optimiser, update "
        "the driver, and take back any overclocking.",
    )
