"""Memory that ran out in the middle of a run, explained: at which step, with how long rows, and who held what."""

from __future__ import annotations

import re

import torch

from core.engine.device import Device
from core.engine.failures import OutOfMemory, whose_memory
from core.engine.memory import MemoryMeter
from core.fit.words import format_bytes

# torch 2.13 says “CUDA out of memory. Tried to allocate 2.00 GiB. …” or “… can't allocate memory: you tried to allocate
# 8 bytes. …”
ASKED = re.compile(r"tried to allocate ([\d.]+) (bytes|[KMGT]iB)", re.IGNORECASE)
UNITS = {"bytes": 1, "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40}


def out_of_memory(
    error: BaseException, device: Device, meter: MemoryMeter, doing: str, shape: tuple[int, ...], longest: int
) -> OutOfMemory:
    """`error` with what is known of the moment.

    Args:
        doing: what was at work, as the start of a sentence (“Step 17”).
        shape: rows and tokens of the batch at work; empty if there was none.
        longest: tokens of the data set's longest row.
    """
    asked = asked_bytes(error)
    parts = [f"{doing} was at work"]
    if shape:
        rows, tokens = shape[0], shape[-1]
        parts.append(f" on {rows:,} row{'' if rows == 1 else 's'} of {tokens:,} tokens, padding counted")
    parts.append(f"; the longest row of the data has {longest:,}.")
    if asked:
        parts.append(f" {format_bytes(asked)} more were asked for.")
    return OutOfMemory(whose_memory(error), "".join(parts) + " " + _held(device, meter), doing, asked)


def asked_bytes(error: BaseException) -> int:
    """How much PyTorch says that it asked for; 0 if it does not say."""
    found = ASKED.search(str(error))
    return int(float(found.group(1)) * UNITS[found.group(2).lower()]) if found else 0


def _held(device: Device, meter: MemoryMeter) -> str:
    """Who held the memory. Asked after the failed request was given up, so it is that of just before."""
    held = meter.event(0)
    if not device.is_cuda:
        return (
            f"This run held {format_bytes(held.process_bytes)} of the computer's {format_bytes(held.ram_total_bytes)}; "
            f"all programs together hold {format_bytes(held.ram_used_bytes)}."
        )
    live = torch.cuda.memory_allocated(device.torch)
    others = max(0, held.device_used_bytes - held.process_bytes)
    return (
        f"This run held {format_bytes(held.process_bytes)} of the card's {format_bytes(held.device_total_bytes)} "
        f"({format_bytes(live)} of it in use, the rest cut too small or the driver's), other programs "
        f"{format_bytes(others)}."
    )
