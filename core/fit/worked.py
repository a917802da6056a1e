"""Speed from a rehearsal's operations: each against the card's rates, the slower of its two limits counts.

A roofline, operation by operation (Williams et al., 2009). The efficiencies are shares of the stated rates that whole
libraries reach on large shapes; they stand in one table, and measured runs correct them.
"""

from __future__ import annotations

from core.fit.cards import Card
from core.fit.machine import card_of
from core.fit.rehearsal import Rehearsal, Work, WorkKind
from core.fit.roofline import GPU_RANGE, UNKNOWN_BANDWIDTH_GB_S, UNKNOWN_RANGE, UNKNOWN_TFLOPS
from core.fit.values import FitMachine, Speed
from core.settings import TrainingSettings

# Shares of the dense rate: cuBLAS reaches 0.6 to 0.8 on square products of thousands; FlashAttention-2 0.5 to 0.7 on an
# A100, forward and back (2307.08691, figure 4); LLM.int8()'s products come with splitting and scaling around them.
ARITHMETIC_EFFICIENCY: dict[WorkKind, float] = {
    "matmul": 0.65,
    "matmul_fp32": 0.65,
    "matmul_int8": 0.4,
    "attention": 0.5,
    "dequantize": 1.0,
    "memory": 1.0,
}
BANDWIDTH_EFFICIENCY: dict[WorkKind, float] = {
    "matmul": 0.8,
    "matmul_fp32": 0.8,
    "matmul_int8": 0.8,
    "attention": 0.8,
    "dequantize": 0.6,
    "memory": 0.75,
}
FP32_SHARE = {"home": 0.5, "laptop": 0.5, "workstation": 0.25, "data centre": 0.07}  # of the dense 16-bit rate
INT8_FACTOR = 2.0  # of the dense 16-bit rate, where the table has no rate of its own
KERNEL_S = 3e-6  # the least that a kernel takes on the card
LAUNCH_S = 9e-6  # what Python and PyTorch take to launch one: a whole step cannot be faster than all its launches


def speed_by_work(rehearsal: Rehearsal, settings: TrainingSettings, machine: FitMachine) -> Speed:
    """Tokens a second on the card that is planned for, every row at its longest."""
    card = card_of(machine)
    batches = settings.gradient_accumulation_steps
    working = launching = 0.0
    for counted in rehearsal.work:
        times = counted.in_batch * batches + counted.in_step
        working += times * max(KERNEL_S, _seconds(counted.work, card))
        launching += times * LAUNCH_S
    rate = rehearsal.tokens * batches / max(working, launching)
    low, high = GPU_RANGE if card else UNKNOWN_RANGE
    return Speed(tokens_per_second=rate, low=low * rate, high=high * rate)


def _seconds(work: Work, card: Card | None) -> float:
    bandwidth = (card.bandwidth_gb_s if card else UNKNOWN_BANDWIDTH_GB_S) * 1e9 * BANDWIDTH_EFFICIENCY[work.kind]
    arithmetic = work.flops / (_rate(work.kind, card) * ARITHMETIC_EFFICIENCY[work.kind])
    return max(arithmetic, work.moved_bytes / bandwidth)


def _rate(kind: WorkKind, card: Card | None) -> float:
    """Operations a second at best."""
    dense = (card.tflops_16bit if card else UNKNOWN_TFLOPS) * 1e12
    if kind == "matmul_fp32":
        return dense * (FP32_SHARE[card.kind] if card else FP32_SHARE["home"])
    if kind == "matmul_int8":
        return card.tops_int8 * 1e12 if card and card.tops_int8 else INT8_FACTOR * dense
    return dense
