"""How much work something is, in a measure that does not ask how fast or how busy the machine is.

Seconds are what the benchmarks measure, on a quiet machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable

ROUNDS = 7


def yardsticks(work: Callable[[], object], times: int = 1) -> float:
    """The processor time of `work` in yardsticks: a fixed piece of plain Python, some millisecond on a common machine.

    Args:
        times: how often it is done in one round; of several rounds the least counts.
    """
    pairs = [(_processor_s(work, times), _processor_s(_yardstick, 10)) for _ in range(ROUNDS)]
    return min(taken for taken, _ in pairs) / min(measure for _, measure in pairs)


def _processor_s(work: Callable[[], object], times: int) -> float:
    began = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - began) / times


def _yardstick() -> int:
    counts = dict.fromkeys("abcdefgh", 0)
    for number in range(1_000):
        for letter in counts:
            counts[letter] += number % 7
    return sum(counts.values())
