"""A recorded sequence of births and deaths, replayed on the simulated allocator."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from core.fit.allocator.caching import CachingAllocator, OutOfMemory
from core.fit.allocator.options import AllocatorOptions

Trace = Sequence[tuple[int, int]]
"""Births and deaths of storages in their order: (key, bytes) is a birth, (key, 0) a death. Of a key that is not alive,
(key, 0) is an empty storage, which takes nothing. A key may be used again after its death."""


class Shortage(msgspec.Struct, frozen=True, kw_only=True):
    """Where a replay ran out of memory: the index in the trace, the bytes asked for there, and how things stood.

    `free_bytes` are those that the limit still allowed; what is reserved and not allocated lies in gaps.
    """

    at: int
    requested_bytes: int
    reserved_bytes: int
    allocated_bytes: int
    free_bytes: int


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """What a trace took: peaks of this trace, what was left at its end, and the shortage that ended it, if any.

    `reserved_peak_at` is the index in the trace of the birth for which the peak was reserved, None where the trace
    lived on what was reserved before it. `allocated_at_reserved_peak_bytes` counts that birth. Segments are those at
    the end.
    """

    reserved_peak_bytes: int
    reserved_peak_at: int | None
    allocated_at_reserved_peak_bytes: int
    allocated_peak_bytes: int
    reserved_end_bytes: int
    allocated_end_bytes: int
    small_segments: int
    large_segments: int
    retries: int
    shortage: Shortage | None


def simulate(trace: Trace, *, expandable_segments: bool = False, capacity_bytes: int | None = None) -> Replay:
    """What `trace` takes on an allocator that has nothing yet. For other options, or several traces: `replay`."""
    options = AllocatorOptions(expandable_segments=expandable_segments, capacity_bytes=capacity_bytes)
    return replay(CachingAllocator(options), trace)


def replay(allocator: CachingAllocator, trace: Trace) -> Replay:
    """Run `trace` on `allocator`, which keeps what it has cached, for the next step's trace."""
    allocator.reset_peaks()
    retries = allocator.retries
    peak, peak_at = allocator.reserved_peak_bytes, None
    malloc, free = allocator.malloc, allocator.free
    shortage = None
    for index, (key, size) in enumerate(trace):
        if size <= 0:
            free(key)
            continue
        try:
            malloc(key, size)
        except OutOfMemory as error:
            shortage = shortage_of(allocator, index, error)
            break
        finally:
            if allocator.reserved_peak_bytes != peak:
                peak, peak_at = allocator.reserved_peak_bytes, index
    return Replay(
        reserved_peak_bytes=allocator.reserved_peak_bytes,
        reserved_peak_at=peak_at,
        allocated_at_reserved_peak_bytes=allocator.allocated_at_reserved_peak_bytes,
        allocated_peak_bytes=allocator.allocated_peak_bytes,
        reserved_end_bytes=allocator.reserved_bytes,
        allocated_end_bytes=allocator.allocated_bytes,
        small_segments=allocator.segments(allocator.small),
        large_segments=allocator.segments(allocator.large),
        retries=allocator.retries - retries,
        shortage=shortage,
    )


def shortage_of(allocator: CachingAllocator, index: int, error: OutOfMemory) -> Shortage:
    """The shortage as a value that can be shown."""
    return Shortage(
        at=index,
        requested_bytes=error.requested_bytes,
        reserved_bytes=error.reserved_bytes,
        allocated_bytes=error.allocated_bytes,
        free_bytes=max(0, allocator.limit_bytes - error.reserved_bytes),
    )
