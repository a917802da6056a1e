"""Blocks of device memory, and the pool that keeps the free ones in order."""

from __future__ import annotations

from bisect import bisect_left

SIZE_SHIFT = 48  # a free block's key is its size, then its address: addresses have fewer bits than this


class Block:
    """A run of addresses within a segment, with its neighbours there.

    `mapped` says that memory stands behind the addresses; only a block of an expandable segment may lack it.
    """

    __slots__ = ("address", "mapped", "next", "pool", "prev", "size", "used")

    def __init__(self, pool: Pool, address: int, size: int, prev: Block | None, following: Block | None) -> None:
        self.pool = pool
        self.address = address
        self.size = size
        self.prev = prev
        self.next = following
        self.used = False
        self.mapped = True


class Pool:
    """The small or the large pool: its free blocks by size and address, and its unmapped ones by address.

    `split_from_bytes` is the smallest rest for which a block is split; `page_bytes` is what an expandable segment of
    this pool grows by.
    """

    __slots__ = ("blocks", "is_small", "keys", "page_bytes", "split_from_bytes", "unmapped")

    def __init__(self, is_small: bool, split_from_bytes: int, page_bytes: int) -> None:
        self.is_small = is_small
        self.split_from_bytes = split_from_bytes
        self.page_bytes = page_bytes
        self.keys: list[int] = []
        self.blocks: list[Block] = []
        self.unmapped: list[Block] = []

    def add(self, block: Block) -> None:
        """Keep a free block."""
        key = block.size << SIZE_SHIFT | block.address
        index = bisect_left(self.keys, key)
        self.keys.insert(index, key)
        self.blocks.insert(index, block)

    def remove(self, block: Block) -> None:
        """Forget a free block."""
        index = bisect_left(self.keys, block.size << SIZE_SHIFT | block.address)
        del self.keys[index]
        del self.blocks[index]

    def add_unmapped(self, block: Block) -> None:
        """Keep a block without memory."""
        block.mapped = False
        addresses = [other.address for other in self.unmapped]
        self.unmapped.insert(bisect_left(addresses, block.address), block)

    def absorb(self, block: Block, neighbour: Block | None) -> None:
        """Let `block`, which is in no list, take in a neighbour that is free and, like it, mapped or not."""
        if neighbour is None or neighbour.used or neighbour.mapped is not block.mapped:
            return
        if neighbour.mapped:
            self.remove(neighbour)
        else:
            self.unmapped.remove(neighbour)
        block.size += neighbour.size
        if block.prev is neighbour:
            block.address = neighbour.address
            block.prev = neighbour.prev
            if block.prev is not None:
                block.prev.next = block
        else:
            block.next = neighbour.next
            if block.next is not None:
                block.next.prev = block

    def cut_front(self, block: Block, size: int) -> Block:
        """A new block of the first `size` bytes of `block`, which keeps the rest. Neither is put into a list."""
        front = Block(self, block.address, size, block.prev, block)
        if block.prev is not None:
            block.prev.next = front
        block.prev = front
        block.address += size
        block.size -= size
        return front
