"""Where the simulated CUDA allocator puts allocations, by PyTorch's documented rules; numbers worked out by hand."""

from __future__ import annotations

import pytest

from core.fit.allocator import AllocatorOptions, CachingAllocator, replay, simulate
from core.fit.allocator.blocks import Block

MIB = 2**20
KIB = 2**10


def after(*sizes: int) -> CachingAllocator:
    """An allocator with one allocation a size, under the keys 1, 2, …"""
    allocator = CachingAllocator()
    for key, size in enumerate(sizes, start=1):
        allocator.malloc(key, size)
    return allocator


def free_sizes(allocator: CachingAllocator) -> list[int]:
    """The sizes of the free blocks, smallest first."""
    blocks: list[Block] = [*allocator.small.blocks, *allocator.large.blocks]
    return sorted(block.size for block in blocks)


# Rounding


@pytest.mark.parametrize(
    ("requested", "taken"),
    [
        (1, 512),  # nothing takes less than 512 bytes
        (512, 512),
        (513, 1024),  # up to the next multiple of 512
        (MIB - 511, MIB),
        (MIB, MIB),
        (30 * MIB + 1, 32 * MIB),  # a segment of 32 MiB, whose rest of 2 MiB − 512 is above 1 MiB: see the split below
    ],
)
def test_a_request_takes_whole_steps_of_512_bytes(requested: int, taken: int) -> None:
    expected = taken if taken < 30 * MIB else 30 * MIB + 512
    assert after(requested).allocated_bytes == expected


def test_an_empty_tensor_takes_nothing() -> None:
    allocator = after(0)
    allocator.free(1)
    assert (allocator.reserved_bytes, allocator.allocated_bytes) == (0, 0)


@pytest.mark.parametrize(
    ("requested", "taken"),
    [
        (1200 * KIB, 1280 * KIB),  # 1 MiB to 2 MiB in quarters: 1024, 1280, 1536, 1792 KiB
        (1281 * KIB, 1536 * KIB),
        (2 * MIB, 2 * MIB),  # a power of two stays
        (33 * MIB, 40 * MIB),  # 32 MiB to 64 MiB in quarters of 8 MiB
        (2048, 2048),  # not above 4 × 512: rounded as ever
        (2049, 2560),
    ],
)
def test_power_of_two_divisions_round_up_further(requested: int, taken: int) -> None:
    assert AllocatorOptions(roundup_power2_divisions=4).rounded_bytes(requested) == taken


# What is asked of the card


@pytest.mark.parametrize(
    ("requested", "reserved"),
    [
        (1, 2 * MIB),  # small: a segment of 2 MiB
        (MIB, 2 * MIB),  # exactly 1 MiB is still small
        (MIB + 1, 20 * MIB),  # above it, a segment of 20 MiB
        (10 * MIB - 512, 20 * MIB),
        (10 * MIB, 10 * MIB),  # from 10 MiB on, a segment of its own
        (10 * MIB + 1, 12 * MIB),  # ... in steps of 2 MiB
        (123 * MIB, 124 * MIB),
    ],
)
def test_a_first_request_reserves_a_segment_by_its_size(requested: int, reserved: int) -> None:
    assert after(requested).reserved_bytes == reserved


def test_small_allocations_share_two_mebibytes() -> None:
    assert after(*[512] * 4096).reserved_bytes == 2 * MIB  # 4096 × 512 fill it
    assert after(*[512] * 4097).reserved_bytes == 4 * MIB  # one more needs a second


def test_two_of_exactly_one_mebibyte_share_a_small_segment() -> None:
    assert after(MIB, MIB).reserved_bytes == 2 * MIB


def test_medium_allocations_share_twenty_mebibytes() -> None:
    assert after(9 * MIB, 9 * MIB).reserved_bytes == 20 * MIB  # 2 MiB are left over
    assert after(9 * MIB, 9 * MIB, 3 * MIB).reserved_bytes == 40 * MIB  # 3 MiB do not fit into them


def test_small_and_large_never_share_a_segment() -> None:
    allocator = after(9 * MIB, 512)  # 11 MiB are free in the large pool, and of no use to a small request
    assert allocator.reserved_bytes == 22 * MIB
    assert (allocator.segments(allocator.small), allocator.segments(allocator.large)) == (1, 1)


def test_a_medium_request_is_served_from_a_free_large_block() -> None:
    allocator = after(100 * MIB)
    allocator.free(1)
    allocator.malloc(2, 3 * MIB)
    assert allocator.reserved_bytes == 100 * MIB
    assert free_sizes(allocator) == [97 * MIB]


# Splitting


def test_a_rest_of_one_mebibyte_stays_with_a_large_block_and_counts_as_allocated() -> None:
    allocator = after(19 * MIB)  # a segment of 20 MiB: the rest is 1 MiB, not more
    assert allocator.reserved_bytes == 20 * MIB
    assert allocator.allocated_bytes == 20 * MIB
    assert free_sizes(allocator) == []


def test_a_rest_above_one_mebibyte_is_split_off() -> None:
    allocator = after(19 * MIB - 512)
    assert allocator.allocated_bytes == 19 * MIB - 512
    assert free_sizes(allocator) == [MIB + 512]


def test_a_small_block_is_split_down_to_the_last_512_bytes() -> None:
    allocator = after(MIB, MIB - 512)
    assert allocator.allocated_bytes == 2 * MIB - 512
    assert free_sizes(allocator) == [512]


# Which block is taken


def test_the_smallest_block_that_is_large_enough_is_taken() -> None:
    allocator = after(60 * MIB, 40 * MIB, 50 * MIB)
    for key in (1, 2, 3):
        allocator.free(key)
    allocator.malloc(4, 45 * MIB)  # 40 is too small, 60 larger than need be
    assert free_sizes(allocator) == [5 * MIB, 40 * MIB, 60 * MIB]


def test_of_equal_blocks_the_oldest_segment_is_taken() -> None:
    allocator = after(30 * MIB, 30 * MIB)
    allocator.free(2)
    allocator.free(1)
    allocator.malloc(3, 28 * MIB + MIB)  # 29 MiB: the rest stays, so that the free one is whole
    assert [block.address for block in allocator.large.blocks] == [30 * MIB]


def test_a_freed_block_is_used_again_at_once() -> None:
    allocator = after(30 * MIB)
    for key in range(2, 50):
        allocator.free(key - 1)
        allocator.malloc(key, 30 * MIB)
    assert allocator.reserved_peak_bytes == 30 * MIB


# Merging


def test_a_freed_block_joins_a_free_one_before_it() -> None:
    allocator = after(5 * MIB, 5 * MIB, 5 * MIB, 5 * MIB)
    allocator.free(1)
    allocator.free(2)
    assert free_sizes(allocator) == [10 * MIB]


def test_a_freed_block_joins_a_free_one_behind_it() -> None:
    allocator = after(5 * MIB, 5 * MIB, 5 * MIB, 5 * MIB)
    allocator.free(3)
    allocator.free(2)
    assert free_sizes(allocator) == [10 * MIB]


def test_a_freed_block_joins_free_ones_on_both_sides() -> None:
    allocator = after(5 * MIB, 5 * MIB, 5 * MIB, 5 * MIB)
    for key in (1, 3, 2):
        allocator.free(key)
    assert free_sizes(allocator) == [15 * MIB]
    allocator.malloc(5, 15 * MIB)
    assert allocator.reserved_bytes == 20 * MIB


def test_blocks_of_different_segments_never_join() -> None:
    allocator = after(10 * MIB, 10 * MIB)
    allocator.free(1)
    allocator.free(2)
    assert free_sizes(allocator) == [10 * MIB, 10 * MIB]
    allocator.malloc(3, 20 * MIB)  # 20 MiB are free, in two pieces
    assert allocator.reserved_bytes == 40 * MIB


# Fragmentation, and what is counted


def test_gaps_that_are_too_small_raise_what_is_reserved_above_what_is_allocated() -> None:
    allocator = after(*[5 * MIB] * 8)  # two segments of 20 MiB, full
    for key in (1, 3, 5, 7):
        allocator.free(key)  # 20 MiB are free, none of it in a piece above 5 MiB
    allocator.malloc(9, 6 * MIB)
    assert allocator.allocated_bytes == 26 * MIB
    assert allocator.reserved_bytes == 60 * MIB


def test_the_peak_of_reserved_and_that_of_allocated_may_lie_apart() -> None:
    trace = [(1, 30 * MIB), (2, 30 * MIB), (1, 0), (2, 0), (3, 50 * MIB)]
    found = simulate(trace)
    assert found.allocated_peak_bytes == 60 * MIB  # before the deaths
    assert found.reserved_peak_bytes == found.reserved_end_bytes == 110 * MIB  # two of 30 are no 50
    assert found.reserved_peak_at == 4
    assert found.allocated_at_reserved_peak_bytes == 50 * MIB
    assert found.large_segments == 3


def test_a_second_step_lives_on_the_memory_that_the_first_left() -> None:
    step = [(1, 12 * MIB), (2, 40 * MIB), (1, 0), (2, 0)]
    allocator = CachingAllocator()
    first, second = replay(allocator, step), replay(allocator, step)
    assert (first.reserved_peak_bytes, first.reserved_peak_at) == (52 * MIB, 1)
    assert (second.reserved_peak_bytes, second.reserved_peak_at) == (52 * MIB, None)
    assert second.allocated_peak_bytes == 52 * MIB
    assert second.allocated_end_bytes == 0


def test_a_key_may_be_used_again_but_not_while_it_lives() -> None:
    allocator = after(512)
    with pytest.raises(ValueError, match="in use"):
        allocator.malloc(1, 512)
    allocator.free(1)
    allocator.malloc(1, 512)
    assert allocator.allocated_bytes == 512


def test_emptying_the_cache_gives_back_whole_segments_only() -> None:
    allocator = after(9 * MIB, 9 * MIB, 30 * MIB, 512)
    for key in (1, 3, 4):
        allocator.free(key)
    allocator.empty_cache()
    assert allocator.reserved_bytes == 20 * MIB  # the second 9 MiB hold on to theirs
