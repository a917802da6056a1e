"""What must hold of the simulated allocator whatever is asked of it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from core.fit.allocator import AllocatorOptions, CachingAllocator, options_from
from core.fit.allocator.blocks import SIZE_SHIFT, Block
from tests.core.fit.allocator_traces import failures, random_trace

MIB = 2**20
SETTINGS = ("", "expandable_segments:True", "max_split_size_mb:40", "roundup_power2_divisions:4")


def is_sound(allocator: CachingAllocator) -> None:
    """No two blocks overlap, neighbours know each other, lists hold what they should, and the counters are the sums."""
    blocks = sorted(allocator.blocks(), key=lambda block: block.address)
    for block, after in pairwise(blocks):
        assert block.address + block.size <= after.address
        assert (block.next is after) == (after.prev is block)
    for block in blocks:
        if block.next is not None:
            assert block.next.address == block.address + block.size
            assert block.used or block.next.used or block.mapped != block.next.mapped  # else they would have joined
    for pool in (allocator.small, allocator.large):
        keys = [block.size << SIZE_SHIFT | block.address for block in pool.blocks]
        assert pool.keys == keys == sorted(keys)
        assert all(block.mapped and not block.used for block in pool.blocks)
        assert [block.address for block in pool.unmapped] == sorted(block.address for block in pool.unmapped)
        assert not any(block.mapped or block.used for block in pool.unmapped)
    assert allocator.reserved_bytes == sum(block.size for block in blocks if block.mapped)
    assert allocator.allocated_bytes == sum(block.size for block in blocks if block.used)
    assert allocator.allocated_bytes <= allocator.reserved_bytes <= allocator.reserved_peak_bytes


def run(allocator: CachingAllocator, trace: list[tuple[int, int]]) -> int:
    """Run a trace, checking now and then; how often memory ran out."""
    count = 0
    for index, failed in enumerate(failures(allocator, trace)):
        count += failed
        if index % 25 == 0:
            is_sound(allocator)
    is_sound(allocator)
    return count


@pytest.mark.parametrize("conf", SETTINGS)
@pytest.mark.parametrize("seed", range(3))
def test_blocks_lists_and_counters_agree_at_every_moment(conf: str, seed: int) -> None:
    assert run(CachingAllocator(options_from(conf)), random_trace(seed, 1500, 60)) == 0


@pytest.mark.parametrize("expandable", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_a_small_card_is_never_overdrawn(expandable: bool, seed: int) -> None:
    options = AllocatorOptions(expandable_segments=expandable, capacity_bytes=600 * MIB)
    allocator = CachingAllocator(options)
    assert run(allocator, random_trace(seed, 1500, 60)) > 0
    assert allocator.reserved_peak_bytes <= 600 * MIB
    assert allocator.retries > 0


@pytest.mark.parametrize("conf", SETTINGS)
def test_when_all_is_freed_only_whole_segments_remain_and_all_can_be_given_back(conf: str) -> None:
    allocator = CachingAllocator(options_from(conf))
    run(allocator, random_trace(7, 1500, 60))
    assert allocator.allocated_bytes == 0
    free: list[Block] = [*allocator.small.blocks, *allocator.large.blocks]
    assert all(block.prev is None and (block.next is None or not block.next.mapped) for block in free)
    allocator.empty_cache()
    assert allocator.reserved_bytes == 0
    assert list(allocator.blocks()) == []


def test_the_same_trace_gives_the_same_answer() -> None:
    first, second = CachingAllocator(), CachingAllocator()
    for allocator in (first, second):
        run(allocator, random_trace(3, 800, 60))
    assert first.reserved_peak_bytes == second.reserved_peak_bytes
