from __future__ import annotations

import errno

import pytest
import torch
from safetensors import SafetensorError

from core.engine.failures import failed
from core.errors import TunesmithError


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"), "engine.out_of_memory"),
        (
            RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"),
            "engine.out_of_memory",
        ),
        (MemoryError(), "engine.out_of_memory"),
        (RuntimeError("CUDA error: out of memory"), "engine.out_of_memory"),
        (torch.AcceleratorError("CUDA error: an illegal memory access was encountered"), "engine.card_error"),
        (RuntimeError("CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm`"), "engine.card_error"),
        (torch.AcceleratorError("CUDA error: unknown error\nCUDA kernel errors might be"), "engine.card_lost"),
        (RuntimeError("CUDA error: no CUDA-capable device is detected"), "engine.card_lost"),
        (RuntimeError("CUDA error: the launch timed out and was terminated"), "engine.card_timed_out"),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), "internal"),
        (OSError(errno.ENOSPC, "No space left on device", "/x/y"), "engine.disk_full"),
        (RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 576 vs 534"), "engine.disk_full"),
        (
            SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)"),
            "engine.disk_full",
        ),
        (ImportError("No module named flash_attn", name="flash_attn"), "engine.package_missing"),
        (ZeroDivisionError("division by zero"), "internal"),
        (TunesmithError("a.b", what="w", why="y", remedy="r", where="here"), "a.b"),
    ],
)
def test_every_failure_has_a_code_a_reason_and_a_remedy(error: Exception, code: str) -> None:
    event = failed(error)
    assert event.code == code
    assert event.what and event.why and event.remedy
    assert "Traceback" not in event.why


def test_the_cards_memory_and_the_computers_are_told_apart() -> None:
    assert "card" in failed(torch.OutOfMemoryError("CUDA out of memory.")).what
    assert "computer" in failed(MemoryError()).what
