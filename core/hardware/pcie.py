"""What a PCI Express link carries."""

from __future__ import annotations

# Of one lane, each way, after encoding: 8b/10b up to generation 2, 128b/130b from 3 on, flits of 242 in 256 bytes
# from 6 on (PCI Express Base Specification 6.0: 2.5, 5, 8, 16, 32 and 64 GT/s). Packet headers take a little more.
LANE_BYTES_PER_S = {
    1: 2.5e9 * 8 / 10 / 8,
    2: 5e9 * 8 / 10 / 8,
    3: 8e9 * 128 / 130 / 8,
    4: 16e9 * 128 / 130 / 8,
    5: 32e9 * 128 / 130 / 8,
    6: 64e9 * 242 / 256 / 8,
}


def pcie_bytes_per_s(generation: int, lanes: int) -> float:
    """Bytes a second each way of `lanes` lanes; a generation that is not known yet counts as the last known one."""
    return lanes * LANE_BYTES_PER_S[max(1, min(generation, max(LANE_BYTES_PER_S)))]
