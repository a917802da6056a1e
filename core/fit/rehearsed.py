"""What a rehearsal says of a plan: its memory and its speed at the deeper depth."""

from __future__ import annotations

import msgspec

from core.fit import rules
from core.fit.cards import context_bytes
from core.fit.describe import spare_words
from core.fit.estimate import PROCESS_BYTES, TERM_ORDER
from core.fit.rehearsal import Rehearsal
from core.fit.terms import ram_reserve_bytes
from core.fit.values import Cost, DepthFigures, Duration, FitMachine, MemoryEstimate, Plan, Speed
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
        allocator = ram_reserve_bytes(settings.gradient_checkpointing, allocated - standing)
    found = {**rehearsal.terms, "allocator": allocator, "context": context}
    return MemoryEstimate(
        depth="rehearsed",
        total_bytes=allocated + allocator + context,
        terms={name: found.get(name, 0) for name in TERM_ORDER},
        allocated_peak_bytes=allocated,
        reserved_peak_bytes=allocated + allocator,
        context_bytes=context,
        row_tokens=settings.max_seq_length,
    )


def rehearsed_plan(plan: Plan, rehearsal: Rehearsal, machine: FitMachine) -> Plan:
    """`plan` with the figures of its rehearsal; the instant memory stands beside it. On the processor the speed stays:
    its instant figure is fitted to real steps, which says more than a list of operations."""
    memory = memory_of(rehearsal, plan.at_longest, machine)
    speed = speed_by_work(rehearsal, plan.settings, machine) if machine.is_gpu else plan.speed
    return corrected(plan, memory, speed, machine)


def corrected(plan: Plan, memory: MemoryEstimate, speed: Speed, machine: FitMachine) -> Plan:
    """`plan` with the figures of a deeper depth, and with all that follows: verdict, time, cost, and the reason that
    says what it takes."""
    old_words, words = (spare_words(one.total_bytes, machine) for one in (plan.memory, memory))
    return msgspec.structs.replace(
        plan,
        memory=memory,
        instant=plan.instant or plan.memory,
        depths=[*(plan.depths or [figures_of(plan)]), figures(memory, speed)],
        verdict=rules.verdict(memory.total_bytes, machine),
        speed=speed,
        reasons=[words if reason == old_words else reason for reason in plan.reasons],
        duration=at_speed(plan.duration, plan.speed, speed),
        cost=_cost_at_speed(plan.cost, plan.speed, speed),
    )


def figures_of(plan: Plan) -> DepthFigures:
    """What the deepest depth that is known says of `plan`."""
    return figures(plan.memory, plan.speed)


def figures(memory: MemoryEstimate, speed: Speed) -> DepthFigures:
    """The two figures of one depth."""
    return DepthFigures(depth=memory.depth, total_bytes=memory.total_bytes, tokens_per_second=speed.tokens_per_second)


def at_speed(duration: Duration | None, before: Speed, after: Speed) -> Duration | None:
    """The same steps at another speed."""
    if duration is None:
        return None
    return msgspec.structs.replace(
        duration,
        seconds=duration.seconds * before.tokens_per_second / after.tokens_per_second,
        low_s=duration.low_s * before.high / after.high,
        high_s=duration.high_s * before.low / after.low,
    )


def _cost_at_speed(cost: Cost | None, before: Speed, after: Speed) -> Cost | None:
    """The card's own electricity grows with the time; elsewhere nothing changes."""
    if cost is None or cost.electricity is None or cost.electricity_kwh is None:
        return cost
    factor = before.tokens_per_second / after.tokens_per_second
    return msgspec.structs.replace(
        cost,
        electricity_kwh=cost.electricity_kwh * factor,
        electricity=cost.electricity * factor,
        low=None if cost.low is None else cost.low * before.high / after.high,
        high=None if cost.high is None else cost.high * before.low / after.low,
    )
