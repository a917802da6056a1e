"""estimate: the memory of one training process at its peak, at the instant depth."""

from __future__ import annotations

from core.fit import terms
from core.fit.cards import context_bytes
from core.fit.shape import Shape, shape_of
from core.fit.values import FitMachine, MemoryEstimate
from core.models.spec import ModelSpec
from core.settings import TrainingSettings

MIB = 2**20
# The caching allocator rounds up and cannot use every gap: these shares of what comes and goes in a step are added.
# Recorded births and deaths of steps of 1B to 8B models, replayed through the allocator's rules, gave 0.01 to 0.04, and
# with checkpointing, whose layers come and go in pieces, 0.1 to 0.2 over the formulas.
CARD_ALLOCATOR_SHARE = {False: 0.04, True: 0.15}
# The C library keeps more of what was freed: resident peaks of real runs of 3M and 37M models on Linux, less the rest.
RAM_ALLOCATOR_SHARE = {False: 0.35, True: 0.85}
ALLOCATOR_FIXED_BYTES = 20 * MIB  # a segment of each pool that is opened and not filled
# Without a card: resident memory of a training worker before its model: Python 3.11 with torch 2.13, transformers 5.24,
# peft 0.21 and trl 1.16 imported, and what a trainer adds. Measured on Linux by a test, which measures it again.
PROCESS_BYTES = 530 * MIB


def estimate(spec: ModelSpec, settings: TrainingSettings, machine: FitMachine) -> MemoryEstimate:
    """What training `spec` under `settings` takes on `machine`; the terms add up to the total exactly.

    The peak is the largest of three moments: the loss, the backward pass of the last layer, and that of the first, when
    all gradients are there. The terms are those of that moment.
    """
    shape = shape_of(spec, settings, is_gpu=machine.is_gpu)
    standing = {
        "weights": terms.weights(shape),
        "adapter": terms.adapter(shape),
        "optimizer": terms.optimizer(shape),
    }
    moment = max(_moments(shape, machine), key=lambda found: sum(found.values()))
    moving = sum(moment.values())
    allocated = sum(standing.values()) + moving
    share = CARD_ALLOCATOR_SHARE if machine.is_gpu else RAM_ALLOCATOR_SHARE
    allocator = int(share[settings.gradient_checkpointing] * moving) + ALLOCATOR_FIXED_BYTES
    context = context_bytes(machine.compute_capability) if machine.is_gpu else PROCESS_BYTES
    found = {**standing, **moment, "allocator": allocator, "context": context}
    return MemoryEstimate(
        depth="instant",
        total_bytes=sum(found.values()),
        terms={name: found[name] for name in TERM_ORDER},
        allocated_peak_bytes=allocated,
        reserved_peak_bytes=allocated + allocator,
        context_bytes=context,
    )


TERM_ORDER = (
    "weights",
    "adapter",
    "gradients",
    "optimizer",
    "activations",
    "logits",
    "workspace",
    "allocator",
    "context",
)


def _moments(shape: Shape, machine: FitMachine) -> list[dict[str, int]]:
    """Gradients, activations, logits and workspace at each moment that can be the peak."""
    layers = shape.spec.layers
    kept, inside = terms.layer_kept(shape), 0
    if shape.settings.gradient_checkpointing:
        kept, inside = terms.layer_input(shape), kept
    common, logits = terms.common_activations(shape), terms.logits(shape)
    backward, workspace = terms.layer_backward(shape), terms.workspace(shape, machine.compute_capability)
    gradients = terms.gradients(shape)
    waiting = gradients if shape.settings.gradient_accumulation_steps > 1 else 0
    hidden = shape.tokens * shape.spec.hidden_size * shape.element_bytes
    return [
        {
            "gradients": waiting,
            "activations": layers * kept + common + terms.last_norm(shape),
            "logits": logits,
            "workspace": workspace,
        },
        {
            "gradients": max(waiting, gradients // layers),
            "activations": layers * kept + inside + backward + common,
            "logits": hidden,
            "workspace": workspace,
        },
        {
            "gradients": gradients,
            "activations": kept + inside + backward + common,
            "logits": hidden,
            "workspace": workspace,
        },
    ]
