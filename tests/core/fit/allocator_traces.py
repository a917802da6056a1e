"""Sequences of births and deaths that stir the allocator: random ones, and ones shaped like a training step."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from core.fit.allocator import CachingAllocator, OutOfMemory

MIB = 2**20
EMPTY_CACHE = (-1, 0)  # not a birth or a death: `torch.cuda.empty_cache()`
AT_THE_EDGES = (1, 511, 512, 513, 4096, MIB - 511, MIB, MIB + 1, 2 * MIB, 10 * MIB - 512, 10 * MIB, 20 * MIB)


def failures(allocator: CachingAllocator, trace: Sequence[tuple[int, int]]) -> Iterator[bool]:
    """Let each entry happen to the allocator; whether memory ran out at it. A birth that failed is passed over."""
    for key, size in trace:
        failed = False
        if (key, size) == EMPTY_CACHE:
            allocator.empty_cache()
        elif size == 0:
            allocator.free(key)
        else:
            try:
                allocator.malloc(key, size)
            except OutOfMemory:
                failed = True
        yield failed


def random_size(rng: random.Random) -> int:
    """A size in bytes: small ones, medium ones, large ones, and those at the edges of the rules."""
    kind = rng.random()
    if kind < 0.35:
        return rng.randrange(1, MIB + 1)
    if kind < 0.55:
        return rng.choice(AT_THE_EDGES)
    if kind < 0.75:
        return rng.randrange(MIB, 10 * MIB + 2)
    return rng.randrange(10 * MIB, (80 if kind < 0.97 else 600) * MIB)


def random_trace(seed: int, entries: int, live_limit: int) -> list[tuple[int, int]]:
    """Births and deaths at random, with now and then the death of most, and an emptied cache."""
    rng = random.Random(seed)
    trace: list[tuple[int, int]] = []
    live: list[int] = []
    key = 0
    while len(trace) < entries:
        if rng.random() < 0.002:
            trace.append(EMPTY_CACHE)
        if live and (len(live) > live_limit or rng.random() < 0.47):
            trace.append((live.pop(rng.randrange(len(live)) if rng.random() < 0.7 else -1), 0))
        else:
            key += 1
            trace.append((key, random_size(rng)))
            live.append(key)
        if rng.random() < 0.002:
            rng.shuffle(live)
            while len(live) > live_limit // 3:
                trace.append((live.pop(), 0))
    return trace + [(key, 0) for key in live]


def step_trace(layers: int, activation_bytes: Sequence[int], seed: int = 0) -> list[tuple[int, int]]:
    """A training step's shape: each layer keeps every third result for the backward pass, which frees them again."""
    rng = random.Random(seed)
    trace: list[tuple[int, int]] = []
    kept: list[int] = []
    key = 0
    for operations, keeps in [(60, True)] * layers + [(80, False)] * layers:
        passing: list[int] = []
        for operation in range(operations):
            key += 1
            trace.append((key, rng.choice(activation_bytes)))
            (kept if keeps and operation % 3 == 0 else passing).append(key)
            if len(passing) > 4:
                trace.append((passing.pop(rng.randrange(3)), 0))
            if kept and not keeps and operation % 4 == 0:
                trace.append((kept.pop(), 0))
        trace += [(dead, 0) for dead in passing]
    return trace + [(dead, 0) for dead in kept]
