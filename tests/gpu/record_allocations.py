"""Record what PyTorch's allocator does on the card: a process of its own, so that the allocator starts with nothing.

    python -m tests.gpu.record_allocations {random,small_card,training}

Prints one JSON object: the births and deaths that the allocator saw, and what it says it took.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import torch
from torch.utils.checkpoint import checkpoint

from tests.core.fit.allocator_traces import EMPTY_CACHE, random_trace

SMALL_CARD_BYTES = 2**31


def random_allocations(seed: int, live_limit: int) -> None:
    """Tensors of random sizes, born and dropped at random; one that does not fit is passed over."""
    live: dict[int, torch.Tensor] = {}
    for key, size in random_trace(seed, 4000, live_limit):
        if (key, size) == EMPTY_CACHE:
            continue
        if size == 0:
            live.pop(key, None)
            continue
        try:
            live[key] = torch.empty(size, dtype=torch.uint8, device="cuda")
        except torch.cuda.OutOfMemoryError:
            continue


def training() -> None:
    """Steps of a small network with batches of two widths, half of its layers checkpointed."""
    torch.manual_seed(0)
    layers = torch.nn.ModuleList(
        torch.nn.Sequential(torch.nn.Linear(1024, 4096), torch.nn.GELU(), torch.nn.Linear(4096, 1024)) for _ in range(6)
    ).to("cuda", torch.bfloat16)
    optimiser = torch.optim.AdamW(layers.parameters(), lr=1e-4)
    for tokens in (1000, 1700, 1000, 2048):
        hidden = torch.randn(tokens, 1024, device="cuda", dtype=torch.bfloat16)
        for index, layer in enumerate(layers):
            hidden = hidden + checkpoint(layer, hidden, use_reentrant=False) if index % 2 else hidden + layer(hidden)
        hidden.float().square().mean().backward()
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
    torch.cuda.synchronize()


def births_and_deaths(events: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """The trace in the allocator's events: addresses are the keys; a request that failed is a birth under a new key."""
    trace = []
    for index, event in enumerate(events):
        if event["action"] == "alloc":
            trace.append((event["addr"], event["size"]))
        elif event["action"] == "free_completed":
            trace.append((event["addr"], 0))
        elif event["action"] == "oom":
            trace.append((-1000 - index, event["size"]))
    return trace


def main(kind: str) -> None:
    """Record one kind of work and print it."""
    total = torch.cuda.mem_get_info()[1]
    allowed = None
    if kind == "small_card":
        share = SMALL_CARD_BYTES / total
        torch.cuda.set_per_process_memory_fraction(share)
        allowed = int(share * total)
    if torch.cuda.memory_reserved():
        raise RuntimeError("The allocator holds memory before the recording began.")
    torch.cuda.memory._record_memory_history(max_entries=1_000_000, context=None)
    if kind == "training":
        training()
    else:
        random_allocations(seed=5, live_limit=60)
    snapshot = torch.cuda.memory._snapshot()
    statistics = torch.cuda.memory_stats()
    found = {
        "trace": births_and_deaths(snapshot["device_traces"][torch.cuda.current_device()]),
        "device": torch.cuda.get_device_name(),
        "device_total_bytes": total,
        "allowed_bytes": allowed,
        "reserved_peak_bytes": torch.cuda.max_memory_reserved(),
        "allocated_peak_bytes": torch.cuda.max_memory_allocated(),
        "reserved_end_bytes": torch.cuda.memory_reserved(),
        "retries": statistics["num_alloc_retries"],
        "failures": statistics["num_ooms"],
        "segments": sorted(segment["segment_type"] for segment in snapshot["segments"]),
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
