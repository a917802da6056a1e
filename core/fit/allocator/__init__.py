"""PyTorch's CUDA caching allocator, simulated: what a step's births and deaths of storages *reserve*."""

from core.fit.allocator.caching import CachingAllocator, OutOfMemory
from core.fit.allocator.options import AllocatorOptions, options_from
from core.fit.allocator.replay import Replay, Shortage, Trace, replay, simulate

__all__ = [
    "AllocatorOptions",
    "CachingAllocator",
    "OutOfMemory",
    "Replay",
    "Shortage",
    "Trace",
    "options_from",
    "replay",
    "simulate",
]
