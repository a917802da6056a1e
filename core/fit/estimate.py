"""estimate: the memory of one training process at its peak, at the instant depth."""

from __future__ import annotations

from core.fit import terms
from core.fit.cards import context_bytes
from core.fit.rows import Rows, at_longest
from core.fit.shape import Shape, shape_of
from core.fit.values import FitMachine, MemoryEstimate
from core.models.spec import ModelSpec
from core.settings import TrainingSettings

MIB = 2**20
# Without a card: resident memory of a training worker before its model: Python 3.11 with torch 2.13, transformers 5.24,
# peft 0.21 and trl 1.16 imported, and what a trainer adds. Measured on Linux by a test, which measures it again.
PROCESS_BYTES = 500 * MIB


def estimate(
    spec: ModelSpec, settings: TrainingSettings, machine: FitMachine, rows: Rows | None = None
) -> MemoryEstimate:
    """What training `spec` under `settings` takes on `machine`; the terms add up to the total exactly.

    The peak is the largest of the moments at which it can stand: the last layer's forward pass, the loss, the backward
    pass of the last layer, that of the last with keys of its own, that of the first, when all gradients are there, and
    the optimiser's step. The terms are those of that moment.

    Args:
        rows: of the data set, if there is one: the longest of them make the largest batch, else rows at the limit do.
    """
    settings = at_longest(settings, rows)
    shape = shape_of(spec, settings, is_gpu=machine.is_gpu)
    standing = {
        "weights": terms.weights(shape),
        "adapter": terms.adapter(shape),
        "optimizer": terms.optimizer(shape),
    }
    moment = max(_moments(shape, machine), key=lambda found: sum(found.values()))
    moving = sum(moment.values())
    allocated = sum(standing.values()) + moving
    if machine.is_gpu:
        context = machine.gpu_count * context_bytes(machine.compute_capability)
        more_cards = (machine.gpu_count - 1) * terms.CARD_FIXED_BYTES
        allocator = terms.card_reserve_bytes(shape, moving) + more_cards
    else:
        context, allocator = PROCESS_BYTES, terms.ram_reserve_bytes(settings.gradient_checkpointing, moving)
    found = {**standing, **moment, "allocator": allocator, "context": context}
    return MemoryEstimate(
        depth="instant",
        total_bytes=sum(found.values()),
        terms={name: found[name] for name in TERM_ORDER},
        allocated_peak_bytes=allocated,
        reserved_peak_bytes=allocated + allocator,
        context_bytes=context,
        row_tokens=settings.max_seq_length,
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
    checkpointing = shape.settings.gradient_checkpointing
    magnified = terms.dora_kept_bytes(shape)
    inside = terms.widest_kept_bytes(shape) + magnified // shape.spec.layers
    one = terms.inputs_bytes(shape) // shape.spec.layers
    held = terms.held_bytes(shape) if checkpointing else 0
    kept = held + terms.inputs_bytes(shape) if checkpointing else terms.kept_bytes(shape) + magnified
    shared = terms.shared_bytes(shape) + terms.batch_bytes(shape)
    casts = terms.casts_bytes(shape)
    gradients, workspaces = terms.gradients(shape), terms.workspaces_bytes(shape, machine.compute_capability)
    waiting = gradients if shape.settings.gradient_accumulation_steps > 1 else 0
    hidden = shape.tokens * shape.spec.hidden_size * shape.state_bytes
    widest, unpacked = terms.backward_bytes(shape)
    widest += terms.dora_tables_bytes(shape)
    in_loss, after_loss = terms.head_moments(shape)
    standing_casts = 0 if checkpointing else casts
    then = kept - one if checkpointing and terms.last_is_lean(shape) else kept
    then -= terms.unowned_bytes(shape) if checkpointing else 0
    within = (inside if checkpointing else 0) + widest + shared
    moments = [
        _moment(waiting, kept + casts + shared, in_loss, workspaces),
        _moment(waiting, kept + standing_casts + shared, after_loss, workspaces),
        _moment(waiting, kept + casts + shared + terms.forward_bytes(shape), 0, workspaces),
        _moment(
            max(waiting, gradients // shape.spec.layers), then + standing_casts + within, hidden, workspaces + unpacked
        ),
        _moment(gradients, held + one + inside + widest + shared, hidden, workspaces + unpacked),
        _moment(gradients, shared, 0, workspaces),
    ]
    if shape.settings.use_dora:
        run = inside if checkpointing else casts
        moments.append(_moment(waiting, then + run + shared, 0, workspaces + terms.dora_weight_bytes(shape)))
    if checkpointing and shape.borrowing_layers:
        borrowing = shape.borrowing_layers / shape.spec.layers
        owning = held + int((1 - borrowing) * terms.inputs_bytes(shape))
        found = max(waiting, int(borrowing * gradients))
        moments.append(_moment(found, owning + within, hidden, workspaces + unpacked))
    return moments


def _moment(gradients: int, activations: int, logits: int, workspace: int) -> dict[str, int]:
    return {"gradients": gradients, "activations": activations, "logits": logits, "workspace": workspace}
