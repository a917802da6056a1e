"""Expandable segments: memory that grows page by page behind one range of addresses; numbers worked out by hand."""

from __future__ import annotations

from core.fit.allocator import AllocatorOptions, CachingAllocator, simulate

MIB = 2**20


def after(*sizes: int, capacity_bytes: int | None = None) -> CachingAllocator:
    """An allocator with expandable segments and one allocation a size, under the keys 1, 2, …"""
    allocator = CachingAllocator(AllocatorOptions(expandable_segments=True, capacity_bytes=capacity_bytes))
    for key, size in enumerate(sizes, start=1):
        allocator.malloc(key, size)
    return allocator


def test_the_small_pool_grows_by_two_mebibytes_and_the_large_by_twenty() -> None:
    assert after(512).reserved_bytes == 2 * MIB
    assert after(MIB + 1).reserved_bytes == 20 * MIB
    assert after(123 * MIB).reserved_bytes == 140 * MIB  # seven pages


def test_it_grows_by_what_is_missing_behind_the_free_end() -> None:
    allocator = after(15 * MIB, 30 * MIB)  # 5 MiB are left of the first page, so 25 are missing: two more
    assert allocator.reserved_bytes == 60 * MIB
    assert allocator.segments(allocator.large) == 1


def test_a_rest_of_512_bytes_is_split_off_in_the_large_pool_too() -> None:
    allocator = after(20 * MIB - 512)
    assert allocator.allocated_bytes == 20 * MIB - 512
    assert [block.size for block in allocator.large.blocks] == [512]


def test_growing_batches_leave_no_gaps() -> None:
    trace = [entry for size in range(40, 80) for entry in ((size, size * MIB), (size, 0))]
    assert simulate(trace).reserved_peak_bytes == sum(range(40, 82, 2)) * MIB  # a segment for every 2 MiB more
    assert simulate(trace, expandable_segments=True).reserved_peak_bytes == 80 * MIB


def test_freed_neighbours_of_former_segments_serve_a_larger_request() -> None:
    allocator = after(20 * MIB, 20 * MIB)
    allocator.free(1)
    allocator.free(2)
    allocator.malloc(3, 40 * MIB)
    assert allocator.reserved_bytes == 40 * MIB


def test_a_block_in_the_middle_is_preferred_to_the_end_that_could_grow() -> None:
    allocator = after(12 * MIB, 10 * MIB, 10 * MIB)  # 8 MiB are free at the end of the second page
    allocator.free(1)  # and 12 MiB at the front, more than need be
    allocator.malloc(4, 8 * MIB)
    assert sorted(block.size for block in allocator.large.blocks) == [4 * MIB, 8 * MIB]


def test_of_equal_blocks_in_the_middle_the_one_at_the_lowest_address_is_taken() -> None:
    allocator = after(*[4 * MIB] * 5)  # one page, full
    for key in (4, 2):
        allocator.free(key)
    allocator.malloc(6, 4 * MIB)
    assert [block.address % (20 * MIB) for block in allocator.large.blocks] == [12 * MIB]


def test_a_segment_has_addresses_for_an_eighth_more_than_the_card_has_memory() -> None:
    allocator = after(40 * MIB, 80 * MIB, capacity_bytes=160 * MIB)  # 180 MiB of addresses: nine pages
    allocator.free(1)
    allocator.empty_cache()  # two pages at the front are a hole, three are left at the end
    allocator.malloc(3, 60 * MIB)
    assert (allocator.reserved_bytes, allocator.segments(allocator.large)) == (140 * MIB, 1)  # all behind the hole


def test_without_room_for_it_in_the_addresses_a_request_gets_a_segment_of_its_own() -> None:
    allocator = after(40 * MIB, 80 * MIB, capacity_bytes=160 * MIB)
    allocator.free(1)
    allocator.empty_cache()
    allocator.malloc(3, 61 * MIB)  # four pages, and nowhere four together
    assert (allocator.reserved_bytes, allocator.segments(allocator.large)) == (160 * MIB, 2)


def test_pages_stay_mapped_until_the_cache_is_emptied() -> None:
    allocator = after(30 * MIB, 30 * MIB)
    allocator.free(2)
    assert allocator.reserved_bytes == 60 * MIB
    allocator.empty_cache()
    assert allocator.reserved_bytes == 40 * MIB  # 30 MiB in use touch two pages; the third is whole and free
    allocator.free(1)
    allocator.empty_cache()
    assert allocator.reserved_bytes == 0
    assert list(allocator.blocks()) == []


def test_a_hole_of_unmapped_pages_is_filled_first() -> None:
    allocator = after(20 * MIB, 40 * MIB, 20 * MIB)
    allocator.free(2)
    allocator.empty_cache()
    assert (allocator.reserved_bytes, allocator.segments(allocator.large)) == (40 * MIB, 2)
    allocator.malloc(4, 40 * MIB)
    assert (allocator.reserved_bytes, allocator.segments(allocator.large)) == (80 * MIB, 1)


def test_a_hole_that_is_too_small_is_passed_over() -> None:
    allocator = after(20 * MIB, 40 * MIB, 20 * MIB)
    allocator.free(2)
    allocator.empty_cache()
    allocator.malloc(4, 41 * MIB)  # behind the third: three pages
    assert allocator.reserved_bytes == 100 * MIB


def test_free_pages_of_one_pool_are_given_back_for_the_other() -> None:
    allocator = after(*[MIB] * 20, capacity_bytes=40 * MIB)  # ten pages of 2 MiB
    for key in range(1, 21):
        allocator.free(key)
    allocator.malloc(21, 40 * MIB)
    assert allocator.reserved_bytes == 40 * MIB
    assert allocator.retries == 1
