"""A card that has only so much: what is given back before a request fails, and what is said when it does."""

from __future__ import annotations

import pytest

from core.errors import TunesmithError
from core.fit.allocator import AllocatorOptions, CachingAllocator, OutOfMemory, options_from, replay, simulate

MIB = 2**20


def test_cached_segments_are_given_back_before_a_request_fails() -> None:
    found = simulate([(1, 30 * MIB), (1, 0), (2, 40 * MIB)], capacity_bytes=60 * MIB)
    assert found.shortage is None
    assert found.retries == 1
    assert found.reserved_peak_bytes == found.reserved_end_bytes == 40 * MIB


def test_a_segment_that_is_partly_used_cannot_be_given_back() -> None:
    trace = [(1, 9 * MIB), (2, 9 * MIB), (1, 0), (3, 50 * MIB), (2, 0)]
    found = simulate(trace, capacity_bytes=60 * MIB)
    assert found.shortage is not None
    assert found.shortage.at == 3
    assert found.shortage.requested_bytes == 50 * MIB
    assert (found.shortage.reserved_bytes, found.shortage.allocated_bytes) == (20 * MIB, 9 * MIB)
    assert found.shortage.free_bytes == 40 * MIB
    assert found.allocated_end_bytes == 9 * MIB  # it ended there


def test_a_request_that_just_fits_is_served_and_one_step_more_is_not() -> None:
    assert simulate([(1, 60 * MIB)], capacity_bytes=60 * MIB).shortage is None
    assert simulate([(1, 60 * MIB + 1)], capacity_bytes=60 * MIB).shortage is not None


def test_expandable_segments_fit_where_gaps_would_not() -> None:
    trace = [(1, 20 * MIB), (2, 20 * MIB), (3, 20 * MIB), (1, 0), (2, 0), (4, 40 * MIB)]
    assert simulate(trace, capacity_bytes=60 * MIB, expandable_segments=True).retries == 0
    assert simulate(trace, capacity_bytes=60 * MIB).retries == 1


def test_the_allocator_lives_on_after_a_failure() -> None:
    allocator = CachingAllocator(AllocatorOptions(capacity_bytes=30 * MIB))
    allocator.malloc(1, 20 * MIB)
    with pytest.raises(OutOfMemory) as caught:
        allocator.malloc(2, 20 * MIB)
    assert caught.value.reserved_bytes == 20 * MIB
    allocator.free(2)  # nothing: it was never born
    allocator.malloc(3, 10 * MIB)
    assert allocator.reserved_bytes == 30 * MIB


def test_a_process_limit_counts_the_whole_segment_even_where_less_would_be_mapped() -> None:
    options = AllocatorOptions(expandable_segments=True, allowed_bytes=50 * MIB, device_total_bytes=1000 * MIB)
    allocator = CachingAllocator(options)
    allocator.malloc(1, 35 * MIB)  # two pages: 40 MiB, 5 of them free
    with pytest.raises(OutOfMemory):
        allocator.malloc(2, 12 * MIB)  # one more page would do, which the limit of 50 MiB has no room for
    found = replay(CachingAllocator(options), [(1, 35 * MIB), (2, 4 * MIB)])
    assert found.shortage is None  # what is mapped may be used


def test_a_process_may_have_all_of_its_limit() -> None:
    assert replay(CachingAllocator(AllocatorOptions(allowed_bytes=30 * MIB)), [(1, 30 * MIB)]).shortage is None


def test_oversized_blocks_are_neither_split_nor_given_to_small_requests() -> None:
    allocator = CachingAllocator(AllocatorOptions(max_split_size_mb=40))
    allocator.malloc(1, 60 * MIB)
    allocator.free(1)
    allocator.malloc(2, 30 * MIB)
    assert allocator.reserved_bytes == 90 * MIB  # below 40 MiB: not from an oversized block
    allocator.malloc(3, 41 * MIB)
    assert allocator.reserved_bytes == 90 * MIB  # oversized, and 60 is less than 20 above it: the whole block
    assert allocator.allocated_bytes == 90 * MIB
    allocator.free(3)
    allocator.malloc(4, 40 * MIB)
    assert allocator.reserved_bytes == 130 * MIB  # 60 is 20 above it: too much to waste


def test_oversized_blocks_are_given_back_first_and_only_as_many_as_needed() -> None:
    options = AllocatorOptions(max_split_size_mb=40, capacity_bytes=200 * MIB)
    allocator = CachingAllocator(options)
    for key, size in ((1, 50), (2, 60), (3, 30)):
        allocator.malloc(key, size * MIB)
    for key in (1, 2, 3):
        allocator.free(key)
    allocator.malloc(4, 82 * MIB)  # 140 are reserved: both large blocks go, the 30 stay cached
    assert allocator.reserved_bytes == 112 * MIB
    assert allocator.retries == 0


def test_the_options_of_the_environment_are_read() -> None:
    assert options_from("") == AllocatorOptions()
    read = options_from("expandable_segments:True, max_split_size_mb:128,roundup_power2_divisions:8,backend:native")
    assert read == AllocatorOptions(expandable_segments=True, max_split_size_mb=128, roundup_power2_divisions=8)
    assert options_from("pinned_use_background_threads:True") == AllocatorOptions()


@pytest.mark.parametrize(
    "setting",
    [
        "garbage_collection_threshold:0.8",
        "backend:cudaMallocAsync",
        "expandable_segments:yes",
        "max_split_size_mb:19",
        "max_split_size_mb",
        "large_segment_size_mb:10",
        "large_segment_size_mb:64,max_split_size_mb:40",
        "roundup_power2_divisions:3",
        "roundup_power2_divisions:[256:1,>:8]",
        "unheard_of:1",
    ],
)
def test_an_option_that_cannot_be_followed_is_refused_by_name(setting: str) -> None:
    with pytest.raises(TunesmithError) as caught:
        options_from(setting)
    assert caught.value.code == "fit.allocator_option"
    assert caught.value.where == "PYTORCH_ALLOC_CONF"
