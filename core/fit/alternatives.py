"""What else would work where a plan does not fit: settings by what they save, smaller models, larger cards."""

from __future__ import annotations

from typing import Any

from core.fit import rules
from core.fit.cards import cards
from core.fit.describe import model_name, place_name
from core.fit.estimate import estimate
from core.fit.machine import plan_for_card
from core.fit.values import Alternative, FitMachine
from core.fit.words import format_bytes
from core.models import catalogue
from core.models.spec import ModelSpec
from core.settings import TrainingSettings

SMALLER_MODELS = 3
LEANEST: dict[str, Any] = {
    "quantization": "nf4",
    "double_quantization": True,
    "lora_rank": rules.LEAN_RANK,
    "lora_alpha": 2 * rules.LEAN_RANK,
    "per_device_batch_size": 1,
    "gradient_checkpointing": True,
    "loss": "fused",
}


def alternatives_to(spec: ModelSpec, settings: TrainingSettings, machine: FitMachine) -> list[Alternative]:
    """Everything that would help, the largest saving first within the settings, then models, then cards."""
    return [
        *levers(spec, settings, machine),
        *_smaller_models(spec, settings, machine),
        *_bigger_cards(spec, settings, machine),
    ]


def levers(spec: ModelSpec, settings: TrainingSettings, machine: FitMachine) -> list[Alternative]:
    """Each single change of `settings` that saves memory, with what it saves, the largest first."""
    now = estimate(spec, settings, machine).total_bytes
    found: list[Alternative] = []
    for words, changes in _changes(spec, settings, machine):
        saved = now - estimate(spec, settings.changed(**changes), machine).total_bytes
        if saved > 0:
            text = f"{words}: −{format_bytes(saved)}"
            found.append(Alternative(kind="setting", text=text, changes=changes, saves_bytes=saved))
    return sorted(found, key=lambda alternative: -alternative.saves_bytes)


def _changes(spec: ModelSpec, settings: TrainingSettings, machine: FitMachine) -> list[tuple[str, dict[str, Any]]]:
    micro, length, rank = settings.per_device_batch_size, settings.max_seq_length, settings.lora_rank
    attention = sorted({kind.name for kind in spec.linears if kind.group == "attention" and kind.quantizable})
    shorter = max(rules.LENGTH_STEP, length // 2 // rules.LENGTH_STEP * rules.LENGTH_STEP)
    smaller = {
        "per_device_batch_size": max(1, micro // 2),
        "gradient_accumulation_steps": settings.gradient_accumulation_steps * micro // max(1, micro // 2),
    }
    lower = {"lora_rank": rank // 2, "lora_alpha": max(1, settings.lora_alpha // 2)}
    possible: list[tuple[bool, str, dict[str, Any]]] = [
        (settings.quantization != "nf4", "Weights in 4 bits (NF4)", {"quantization": "nf4"}),
        (settings.quantization == "none" and machine.is_gpu, "Weights in 8 bits", {"quantization": "int8"}),
        (not settings.double_quantization, "Double quantisation", {"double_quantization": True}),
        (not settings.gradient_checkpointing, "Gradient checkpointing", {"gradient_checkpointing": True}),
        (settings.loss == "full", "The loss in pieces (fused)", {"loss": "fused"}),
        (
            settings.attention != rules.attention_for(spec),
            "PyTorch's attention kernels (sdpa)",
            {"attention": rules.attention_for(spec)},
        ),
        (settings.optimizer == "adamw" and machine.is_gpu, "The optimiser in 8 bits", {"optimizer": "adamw_8bit"}),
        (micro > 1, f"{max(1, micro // 2)} rows at once instead of {micro}", smaller),
        (length > shorter, f"{shorter:,} tokens instead of {length:,}", {"max_seq_length": shorter}),
        (rank > rules.LEAN_RANK, f"Rank {rank // 2} instead of {rank}", lower),
        (bool(attention), "Adapters on attention only", {"lora_targets": ",".join(attention)}),
    ]
    return [(words, changes) for wanted, words, changes in possible if wanted]


def _smaller_models(spec: ModelSpec, settings: TrainingSettings, machine: FitMachine) -> list[Alternative]:
    """The largest models of the catalogue that fit with the leanest settings at this length."""
    lean = settings.changed(**LEANEST)
    found: list[Alternative] = []
    for entry in reversed(catalogue.models()):
        if entry.parameters >= spec.parameters:
            continue
        other = catalogue.spec_of(entry.name)
        total = estimate(other, lean.changed(attention=rules.attention_for(other)), machine).total_bytes
        if rules.verdict(total, machine) == "fits":
            text = f"{entry.title} fits, in {format_bytes(total)}"
            found.append(Alternative(kind="smaller_model", text=text, changes={"model": entry.name}))
        if len(found) == SMALLER_MODELS:
            break
    return found


def _bigger_cards(spec: ModelSpec, settings: TrainingSettings, machine: FitMachine) -> list[Alternative]:
    """The smallest card of each kind that would do."""
    found: dict[str, Alternative] = {}
    for card in cards():
        if card.kind in found or card.memory_bytes <= machine.memory_total_bytes * machine.is_gpu:
            continue
        there = plan_for_card(card)
        changed = settings.changed(compute_dtype=rules.compute_dtype_for(there))
        if rules.verdict(estimate(spec, changed, there).total_bytes, there) == "fits":
            text = f"{model_name(spec)} fits {place_name(there)} with {format_bytes(card.memory_bytes)}"
            found[card.kind] = Alternative(kind="bigger_card", text=text, changes={"gpu": card.name})
    return list(found.values())
