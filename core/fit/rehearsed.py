"""What a rehearsal says of a plan: its memory and its speed at the deeper depth."""

from __future__ import annotations

import msgspec

from core.fit import rules
from core.fit.cards import context_bytes
from core.fit.estimate import ALLOCATOR_FIXED_BYTES, PROCESS_BYTES, RAM_ALLOCATOR_SHARE, TERM_ORDER
from core.fit.rehearsal import Rehearsal
from core.fit.values import Duration, FitMachine, MemoryEstimate, Plan
from core.fit.worked import speed_by_work
from core.settings import TrainingSettings


def memory_of(rehearsal: Rehearsal, settings: TrainingSettings, machine: FitMachine) -> MemoryEstimate:
    """The estimate at the rehearsed depth; its terms add up to the total exactly.

    On a card the allocator's term is what the replayed allocator held beyond what was allocated. On the processor it is
    the C library's, which no rehearsal sees: a share of what comes and goes, as at the instant depth.
    """
    allocated = rehearsal.allocated_peak_bytes
    if machine.is_gpu:
        context = context_bytes(machine.compute_capability) * machine.gpu_count
        allocator = rehearsal.reserved_peak_bytes - allocated
    else:
        context = PROCESS_BYTES
        standing = sum(rehearsal.terms.get(name, 0) for name in ("weights", "adapter", "optimizer"))
        share = RAM_ALLOCATOR_SHARE[settings.gradient_checkpointing]
        allocator = int(share * (allocated - standing)) + ALLOCATOR_FIXED_BYTES
    found = {**rehearsal.terms, "allocator": allocator, "context": context}
    return MemoryEstimate(
        depth="rehearsed",
        total_bytes=allocated + allocator + context,
        terms={name: found.get(name, 0) for name in TERM_ORDER},
        allocated_peak_bytes=allocated,
        reserved_peak_bytes=allocated + allocator,
        context_bytes=context,
    )


def rehearsed_plan(plan: Plan, rehearsal: Rehearsal, machine: FitMachine) -> Plan:
    """`plan` with the figures of its rehearsal; the instant memory stands beside it. On the processor the speed stays:
    its instant figure is fitted to real steps, which says more than a list of operations."""
    memory = memory_of(rehearsal, plan.settings, machine)
    speed = speed_by_work(rehearsal, plan.settings, machine) if machine.is_gpu else plan.speed
    return msgspec.structs.replace(
        plan,
        memory=memory,
        instant=plan.instant or plan.memory,
        verdict=rules.verdict(memory.total_bytes, machine),
        speed=speed,
        duration=at_speed(plan.duration, speed.tokens_per_second / plan.speed.tokens_per_second),
    )


def at_speed(duration: Duration | None, factor: float) -> Duration | None:
    """The same steps at `factor` times the speed."""
    if duration is None:
        return None
    return msgspec.structs.replace(
        duration,
        seconds=duration.seconds / factor,
        low_s=duration.low_s / factor,
        high_s=duration.high_s / factor,
    )
