"""What a measurement says of a plan: its memory and its speed at the deepest depth."""

from __future__ import annotations

import msgspec

from core.fit.estimate import TERM_ORDER
from core.fit.measurement import Measurement
from core.fit.rehearsed import corrected
from core.fit.values import FitMachine, MemoryEstimate, Plan, Speed
from core.settings import TrainingSettings

# What a run on a processor holds beside what is measured: tokenizer, rows, the run's own modules. The starter's runs on
# the sample, in fp32 and in NF4, held 18 and 16 MiB more than their measurements.
RUN_BYTES = 20 * 2**20
RANGE = (0.9, 1.1)  # of the measured speed: a card that gets warm clocks lower, and rows are rarely all full


def measured_plan(plan: Plan, measurement: Measurement, machine: FitMachine) -> Plan:
    """`plan` with the figures of its measurement. Where even few layers ran out of memory there are none: the earlier
    ones stay, and the plan does not fit."""
    if measurement.ran_out:
        built, layers = measurement.layers_built, measurement.layers
        said = f"Measured: {built} of its {layers} layers alone already run out of memory here."
        return msgspec.structs.replace(
            plan, verdict="does_not_fit", reasons=[*plan.reasons[:1], said, *plan.reasons[1:]]
        )
    return corrected(plan, memory_of(plan.memory, measurement), speed_of(measurement, plan.settings), machine)


def memory_of(earlier: MemoryEstimate, measurement: Measurement) -> MemoryEstimate:
    """The measured total, divided up by an earlier depth's terms, which add up to it exactly.

    Measured are the total and, where it is told, the context (on a processor the program itself). No meter tells
    weights from activations: those terms are the earlier depth's, and the difference to what was measured is the
    allocator's term. Where the earlier terms are more than was measured, nothing is left to it and they are scaled down
    together.
    """
    held = measurement.peak_bytes - measurement.context_bytes
    context = measurement.context_bytes or earlier.context_bytes
    if not measurement.on_card:
        context += RUN_BYTES
    terms = {name: size for name, size in earlier.terms.items() if name not in ("allocator", "context")}
    counted = sum(terms.values())
    if counted > held:
        terms = {name: size * held // counted for name, size in terms.items()}
    terms |= {"allocator": held - sum(terms.values()), "context": context}
    return MemoryEstimate(
        depth="measured",
        total_bytes=held + context,
        terms={name: terms.get(name, 0) for name in TERM_ORDER},
        allocated_peak_bytes=measurement.allocated_peak_bytes or min(counted, held),
        reserved_peak_bytes=held,
        context_bytes=context,
        row_tokens=earlier.row_tokens,
    )


def speed_of(measurement: Measurement, settings: TrainingSettings) -> Speed:
    """Tokens a second, every row at its longest; the range is that of the timed micro-batches, and at least `RANGE`."""
    batches = settings.gradient_accumulation_steps

    def rate(batch_s: float) -> float:
        return measurement.tokens * batches / (batches * batch_s + measurement.besides_s)

    middle = rate(measurement.batch_s)
    return Speed(
        tokens_per_second=middle,
        low=min(RANGE[0] * middle, rate(measurement.batch_high_s)),
        high=max(RANGE[1] * middle, rate(measurement.batch_low_s)),
    )
