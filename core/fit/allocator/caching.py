"""PyTorch's CUDA caching allocator, simulated: where every allocation goes, and what is reserved for it.

The rules are those of PyTorch 2.13's `c10/cuda/CUDACachingAllocator.cpp` for one stream without graphs and private
pools: sizes are rounded; small and large requests have pools of their own; the smallest free block that is large enough
is taken, of equal ones that in the oldest segment and there at the lowest address, and split where the rest is worth
it; a freed block joins its free neighbours and stays cached; only a request that no cached block can serve asks the
card for more, and only where the card refuses are cached segments given back to it. Compared with PyTorch's own
compiled allocator entry by entry: tests/benchmarks/allocator_accuracy.py.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from core.fit.allocator import expandable
from core.fit.allocator.blocks import SIZE_SHIFT, Block, Pool
from core.fit.allocator.options import (
    BLOCK_STEP_BYTES,
    SMALL_LIMIT_BYTES,
    SMALL_SEGMENT_BYTES,
    UNLIMITED_BYTES,
    AllocatorOptions,
)


class OutOfMemory(Exception):
    """The card cannot serve a request, even after every cached segment that could be given back was given back.

    Attributes: `requested_bytes` as asked for (not rounded), and what was reserved and allocated at that moment.
    """

    def __init__(self, requested_bytes: int, reserved_bytes: int, allocated_bytes: int) -> None:
        super().__init__(requested_bytes, reserved_bytes, allocated_bytes)
        self.requested_bytes = requested_bytes
        self.reserved_bytes = reserved_bytes
        self.allocated_bytes = allocated_bytes


class CachingAllocator:
    """One card's allocator. Keys name allocations; they are the caller's, and free again after `free`.

    Counters, as `torch.cuda` has them: `reserved_bytes` and `allocated_bytes` (sizes of blocks: rounded, with rests
    that were too small to be split off) now and at their peaks; `allocated_at_reserved_peak_bytes`; `retries`, how
    often all cached segments were given back because a request was refused.
    """

    def __init__(self, options: AllocatorOptions | None = None) -> None:
        self.options = options = options or AllocatorOptions()
        large_split_from = BLOCK_STEP_BYTES if options.expandable_segments else SMALL_LIMIT_BYTES + 1
        self.small = Pool(True, BLOCK_STEP_BYTES, SMALL_SEGMENT_BYTES)
        self.large = Pool(False, large_split_from, options.large_segment_bytes)
        self.reserved_bytes = self.reserved_peak_bytes = 0
        self.allocated_bytes = self.allocated_peak_bytes = 0
        self.allocated_at_reserved_peak_bytes = 0
        self.retries = 0
        self._capacity_bytes = UNLIMITED_BYTES if options.capacity_bytes is None else options.capacity_bytes
        self._allowed_bytes = UNLIMITED_BYTES if options.allowed_bytes is None else options.allowed_bytes
        self.limit_bytes = min(self._capacity_bytes, self._allowed_bytes)
        self._max_split_bytes = options.max_split_size_bytes
        self._whole_from_bytes = UNLIMITED_BYTES if options.expandable_segments else self._max_split_bytes
        self._expandable = options.expandable_segments
        self._plain_rounding = options.roundup_power2_divisions <= 1
        self._live: dict[int, Block] = {}
        self._next_address = 0

    def malloc(self, key: int, size_bytes: int) -> None:
        """Allocate `size_bytes` under `key`. An empty storage (0 bytes) takes nothing.

        Raises:
            OutOfMemory: the card's limit does not allow it. The allocator stays as the real one would be then.
            ValueError: `key` is in use.
        """
        if size_bytes <= 0:
            return
        if key in self._live:
            raise ValueError(f"The key {key} is in use.")
        size = (size_bytes + 511) & -512 if self._plain_rounding else self.options.rounded_bytes(size_bytes)
        pool = self.small if size <= SMALL_LIMIT_BYTES else self.large
        block = self._best_fit(pool, size)
        reserved_peak = self.reserved_peak_bytes
        if block is None:
            block = self._more(pool, size, size_bytes)
        if block.size - size >= pool.split_from_bytes and size < self._whole_from_bytes:
            rest, block = block, pool.cut_front(block, size)
            pool.add(rest)
        block.used = True
        self._live[key] = block
        self.allocated_bytes = allocated = self.allocated_bytes + block.size
        if allocated > self.allocated_peak_bytes:
            self.allocated_peak_bytes = allocated
        if reserved_peak != self.reserved_peak_bytes:
            self.allocated_at_reserved_peak_bytes = allocated

    def free(self, key: int) -> None:
        """Give back what `key` holds; a key that holds nothing (an empty storage) gives back nothing."""
        block = self._live.pop(key, None)
        if block is None:
            return
        self.allocated_bytes -= block.size
        block.used = False
        pool = block.pool
        neighbour = block.prev
        if neighbour is not None and not neighbour.used:
            pool.absorb(block, neighbour)
        neighbour = block.next
        if neighbour is not None and not neighbour.used:
            pool.absorb(block, neighbour)
        pool.add(block)

    def empty_cache(self) -> None:
        """Give every whole free segment (with expandable segments, every whole free page) back to the card."""
        for pool in (self.large, self.small):
            if self._expandable:
                expandable.unmap_free_pages(self, pool)
            else:
                for block in [block for block in pool.blocks if block.prev is None and block.next is None]:
                    self._release(block)

    def reset_peaks(self) -> None:
        """Let the peaks start from what is reserved and allocated now."""
        self.reserved_peak_bytes = self.reserved_bytes
        self.allocated_peak_bytes = self.allocated_at_reserved_peak_bytes = self.allocated_bytes

    def blocks(self) -> Iterator[Block]:
        """Every block, used, free and unmapped, in no order."""
        yield from self._live.values()
        for pool in (self.small, self.large):
            yield from pool.blocks
            yield from pool.unmapped

    def segments(self, pool: Pool) -> int:
        """How many contiguous ranges of memory `pool` has: the segments that a memory snapshot lists."""
        mapped = (block for block in self.blocks() if block.pool is pool and block.mapped)
        return sum(block.prev is None or not block.prev.mapped for block in mapped)

    def reserve(self, size_bytes: int) -> bool:
        """Take `size_bytes` from the card, if it has them."""
        if self.reserved_bytes + size_bytes > self._capacity_bytes:
            return False
        self.reserved_bytes += size_bytes
        self.reserved_peak_bytes = max(self.reserved_peak_bytes, self.reserved_bytes)
        return True

    def new_address(self, size_bytes: int, alignment: int = 1) -> int:
        """Where a segment of `size_bytes` begins: behind all before it, so that addresses tell the older segment."""
        address = -(-self._next_address // alignment) * alignment
        self._next_address = address + size_bytes
        return address

    def _best_fit(self, pool: Pool, size: int) -> Block | None:
        """The free block to take for `size` rounded bytes, taken out of the pool."""
        index = bisect_left(pool.keys, size << SIZE_SHIFT)
        if index == len(pool.keys):
            return None
        if self._expandable and index + 1 < len(pool.keys):
            index = expandable.best_fit(pool, index)
        block = pool.blocks[index]
        if block.size >= self._max_split_bytes and self._too_large(block, size):
            return None
        del pool.keys[index]
        del pool.blocks[index]
        return block

    def _too_large(self, block: Block, size: int) -> bool:
        """An oversized block is only for oversized requests, and not for those that would waste too much of it."""
        return size < self._max_split_bytes or block.size >= size + self.options.max_non_split_rounding_bytes

    def _more(self, pool: Pool, size: int, requested_bytes: int) -> Block:
        """A free block for `size` rounded bytes with memory from the card, if need be after giving some back to it."""
        block = self._grow(pool, size)
        if block is None and self._release_oversized(pool, size):
            block = self._grow(pool, size)
        if block is None:
            self.retries += 1
            self.empty_cache()
            block = self._grow(pool, size)
        if block is None:
            raise OutOfMemory(requested_bytes, self.reserved_bytes, self.allocated_bytes)
        return block

    def _grow(self, pool: Pool, size: int) -> Block | None:
        """A new segment, or more of an expandable one. The process's limit is asked first, by a segment's size."""
        wanted = self.options.segment_bytes(size)
        if self.reserved_bytes + wanted > self._allowed_bytes:
            return None
        if self._expandable:
            return expandable.grow(self, pool, size)
        if not self.reserve(wanted):
            return None
        return Block(pool, self.new_address(wanted), wanted, None, None)

    def _release(self, block: Block) -> None:
        """Give a segment that is one free block back to the card."""
        block.pool.remove(block)
        self.reserved_bytes -= block.size

    def _release_oversized(self, pool: Pool, size: int) -> bool:
        """With `max_split_size_mb`: give back one free oversized block of at least `size`, or the largest ones until
        their sum is that. True if that much was given back."""
        if self._max_split_bytes == UNLIMITED_BYTES or self._expandable:
            return False
        target = max(size, self._max_split_bytes)
        index = bisect_left(pool.keys, target << SIZE_SHIFT)
        if index < len(pool.blocks):
            self._release(pool.blocks[index])
            return True
        released = 0
        while pool.blocks and released < target and pool.blocks[-1].size >= self._max_split_bytes:
            released += pool.blocks[-1].size
            self._release(pool.blocks[-1])
        return released >= target
