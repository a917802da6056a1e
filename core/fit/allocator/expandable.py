"""Expandable segments: one long range of addresses for a pool, behind which memory is mapped page by page as needed.

Source: "Note [Expandable Segments]" in PyTorch's `c10/cuda/CUDACachingAllocator.cpp`, and the functions that follow it.
"""

from __future__ import annotations

from typing import Protocol

from core.fit.allocator.blocks import Block, Pool
from core.fit.allocator.options import AllocatorOptions


class Card(Protocol):
    """What is asked of the allocator here: memory, addresses, and where the count of what is reserved stands."""

    options: AllocatorOptions
    reserved_bytes: int

    def reserve(self, size_bytes: int) -> bool:
        """Take memory from the card, if it has it."""
        ...

    def new_address(self, size_bytes: int, alignment: int = 1) -> int:
        """Where a new range of addresses begins."""
        ...


def best_fit(pool: Pool, index: int) -> int:
    """From the smallest free block that is large enough, on to larger ones while they can grow less.

    A block counts as large as it could become with the unmapped addresses behind it, so that one in the middle of a
    segment is preferred to the end of it.
    """
    blocks = pool.blocks
    while index + 1 < len(blocks) and possible_size(blocks[index + 1]) < possible_size(blocks[index]):
        index += 1
    return index


def possible_size(block: Block) -> int:
    """The block's size with the unmapped addresses behind it."""
    return block.size if block.next is None or block.next.mapped else block.size + block.next.size


def grow(card: Card, pool: Pool, size: int) -> Block | None:
    """A free block of at least `size` bytes in no list, with pages mapped where they were missing; None if the card has
    no more. What was mapped until then stays, as free blocks."""
    block = with_room(card, pool, size)
    if not block.mapped and not map_pages(card, block, min(block.size, size)):
        return None
    while block.size < size:
        unmapped = block.next
        if unmapped is None or not map_pages(card, unmapped, min(size - block.size, unmapped.size)):
            return None
        block = unmapped
    pool.remove(block)
    return block


def with_room(card: Card, pool: Pool, size: int) -> Block:
    """The first of the neighbouring free and unmapped blocks that have `size` addresses together, at the lowest address
    there is; in a new segment if there is none."""
    for unmapped in pool.unmapped:
        before = unmapped.prev
        first = before if before is not None and not before.used else unmapped
        found = 0
        block: Block | None = first
        while found < size and block is not None and not block.used:
            found += block.size
            block = block.next
        if found >= size:
            return first
    page = pool.page_bytes
    addresses = -(-card.options.address_space_bytes // page) * page
    segment = Block(pool, card.new_address(addresses, alignment=page), addresses, None, None)
    pool.add_unmapped(segment)
    return segment


def map_pages(card: Card, block: Block, size: int) -> bool:
    """Put memory behind the first `size` bytes of an unmapped block, in whole pages, and join it with its free
    neighbours; False if the card has no more."""
    pool = block.pool
    mapped = -(-size // pool.page_bytes) * pool.page_bytes
    if not card.reserve(mapped):
        return False
    pool.unmapped.remove(block)
    if mapped < block.size:
        rest = Block(pool, block.address + mapped, block.size - mapped, block, block.next)
        if rest.next is not None:
            rest.next.prev = rest
        block.next = rest
        block.size = mapped
        pool.add_unmapped(rest)
    block.mapped = True
    pool.absorb(block, block.prev)
    pool.absorb(block, block.next)
    pool.add(block)
    return True


def unmap_free_pages(card: Card, pool: Pool) -> None:
    """Give the whole pages of every free block back to the card; a segment without any memory goes as a whole."""
    for block in list(pool.blocks):
        start = -(-block.address // pool.page_bytes) * pool.page_bytes
        end = (block.address + block.size) // pool.page_bytes * pool.page_bytes
        if start >= end:
            continue
        pool.remove(block)
        if start > block.address:
            pool.add(pool.cut_front(block, start - block.address))
        if end < start + block.size:
            whole = pool.cut_front(block, end - start)
            pool.add(block)
            block = whole
        card.reserved_bytes -= block.size
        block.mapped = False
        pool.absorb(block, block.prev)
        pool.absorb(block, block.next)
        if block.prev is not None or block.next is not None:
            pool.add_unmapped(block)
