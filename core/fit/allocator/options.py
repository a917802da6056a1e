"""The caching allocator's numbers and its options, as PyTorch 2.13 has them.

Source: `c10/core/AllocatorConfig.h` and `c10/cuda/CUDACachingAllocator.cpp`; the options are those of
`PYTORCH_ALLOC_CONF` (https://docs.pytorch.org/docs/stable/notes/cuda.html).
"""

from __future__ import annotations

import msgspec

from core.errors import TunesmithError

MIB = 2**20
BLOCK_STEP_BYTES = 512  # every size is a multiple of this (kMinBlockSize)
SMALL_LIMIT_BYTES = MIB  # up to here, this included, an allocation is small (kSmallSize)
SMALL_SEGMENT_BYTES = 2 * MIB  # what small allocations share (kSmallBuffer)
OWN_SEGMENT_FROM_BYTES = 10 * MIB  # from here an allocation asks for a segment of its own size (kMinLargeAlloc)
OWN_SEGMENT_STEP_BYTES = 2 * MIB  # ... rounded up to this (kRoundLarge)
UNLIMITED_BYTES = 2**62

# Options that change nothing about where device memory goes: pinned host memory, locks, graphs that are not used here.
WITHOUT_EFFECT = {
    "pinned_use_cuda_host_register",
    "pinned_num_register_threads",
    "pinned_use_background_threads",
    "pinned_reserve_segment_size_mb",
    "pinned_max_round_threshold_mb",
    "pinned_max_cached_size_mb",
    "pinned_free_catch_all",
    "release_lock_on_cudamalloc",
    "graph_capture_record_stream_reuse",
}
NUMBERS = {"max_split_size_mb", "max_non_split_rounding_mb", "large_segment_size_mb", "roundup_power2_divisions"}


class AllocatorOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How the allocator is set up, and what the card lets it have.

    The first five are options of `PYTORCH_ALLOC_CONF`, with its names and its MiB; `max_non_split_rounding_mb` is by
    default as large as `large_segment_size_mb`. `capacity_bytes` is what the card can give to the allocator (None: as
    much as is asked for); `allowed_bytes` is the limit that `torch.cuda.set_per_process_memory_fraction` sets;
    `device_total_bytes` is the card's whole memory, which decides how many addresses an expandable segment has (None:
    taken from the limits).
    """

    expandable_segments: bool = False
    max_split_size_mb: int | None = None
    max_non_split_rounding_mb: int | None = None
    large_segment_size_mb: int = 20
    roundup_power2_divisions: int = 0
    capacity_bytes: int | None = None
    allowed_bytes: int | None = None
    device_total_bytes: int | None = None

    def __post_init__(self) -> None:
        divisions = self.roundup_power2_divisions
        if divisions < 0 or divisions & (divisions - 1):
            raise unusable_option("roundup_power2_divisions", str(divisions), "It has to be a power of two.")
        if self.large_segment_size_mb <= OWN_SEGMENT_FROM_BYTES // MIB:
            raise unusable_option("large_segment_size_mb", str(self.large_segment_size_mb), "It has to be above 10.")
        for name in ("max_split_size_mb", "max_non_split_rounding_mb"):
            value = getattr(self, name)
            if value is not None and value < self.large_segment_size_mb:
                why = f"It has to be at least large_segment_size_mb, which is {self.large_segment_size_mb}."
                raise unusable_option(name, str(value), why)

    @property
    def max_split_size_bytes(self) -> int:
        """Blocks of this size and above are neither split nor given to smaller requests."""
        return UNLIMITED_BYTES if self.max_split_size_mb is None else self.max_split_size_mb * MIB

    @property
    def max_non_split_rounding_bytes(self) -> int:
        """An oversized block is given to an oversized request if it is larger than that by less than this."""
        given = self.max_non_split_rounding_mb
        return (self.large_segment_size_mb if given is None else given) * MIB

    @property
    def large_segment_bytes(self) -> int:
        """What large allocations below 10 MiB share, and the page of an expandable segment of the large pool."""
        return self.large_segment_size_mb * MIB

    @property
    def address_space_bytes(self) -> int:
        """Addresses of one expandable segment before it is rounded up to pages: 1 1/8 of the card's memory."""
        total = self.device_total_bytes or self.capacity_bytes or self.allowed_bytes or 2**45
        return total + total // 8

    def rounded_bytes(self, size_bytes: int) -> int:
        """What a request of `size_bytes` (at least 1) takes: a multiple of 512, or of a share of its power of two."""
        divisions = self.roundup_power2_divisions
        if divisions > 1 and size_bytes > BLOCK_STEP_BYTES * divisions:
            step = (1 << (size_bytes.bit_length() - 1)) // divisions
        else:
            step = BLOCK_STEP_BYTES
        return -(-size_bytes // step) * step

    def segment_bytes(self, rounded_bytes: int) -> int:
        """What is asked of the card for a request of `rounded_bytes` that no cached block can serve."""
        if rounded_bytes <= SMALL_LIMIT_BYTES:
            return SMALL_SEGMENT_BYTES
        if rounded_bytes < OWN_SEGMENT_FROM_BYTES:
            return self.large_segment_bytes
        return -(-rounded_bytes // OWN_SEGMENT_STEP_BYTES) * OWN_SEGMENT_STEP_BYTES


def options_from(setting: str) -> AllocatorOptions:
    """The options that a value of `PYTORCH_ALLOC_CONF` sets, for example ``expandable_segments:True``.

    Raises:
        TunesmithError: `fit.allocator_option` for one that is unknown, malformed, or cannot be simulated.
    """
    chosen: dict[str, int | bool] = {}
    for part in filter(None, (part.strip() for part in setting.split(","))):
        name, _, value = (piece.strip() for piece in part.partition(":"))
        if name in WITHOUT_EFFECT or (name, value) == ("backend", "native"):
            continue
        if name == "expandable_segments" and value in ("True", "False"):
            chosen[name] = value == "True"
        elif name in NUMBERS and value.isdigit():
            chosen[name] = int(value)
        else:
            raise unusable_option(name, value, "Its effect on memory cannot be calculated.")
    return msgspec.convert(chosen, AllocatorOptions)


def unusable_option(name: str, value: str, why: str) -> TunesmithError:
    """The error for an option that the simulation cannot follow."""
    return TunesmithError(
        "fit.allocator_option",
        what=f"The memory allocator's option {name}:{value} cannot be used for an estimate.",
        why=why,
        remedy="Change or remove it in the environment variable PYTORCH_ALLOC_CONF.",
        where="PYTORCH_ALLOC_CONF",
    )
