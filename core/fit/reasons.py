"""Why a plan is what it is, in plain words."""

from __future__ import annotations

from core.fit import rules
from core.fit.describe import spare_words
from core.fit.rows import Rows
from core.fit.values import FitMachine, MemoryEstimate, PlanName
from core.models.spec import ModelSpec
from core.settings import TrainingSettings

PURPOSE: dict[PlanName, str] = {
    "best_quality": "The most exact training that fits with room to spare.",
    "fastest": "The most tokens a second of what fits and learns as much.",
    "leanest": "The least memory that this model can be trained in at this length.",
    "yours": "Your settings, exactly as they are.",
}
CLOSEST = "The least memory that this model can be trained in: nothing comes closer to fitting."
LONGEST = "Memory is counted for the longest row of your data, {tokens:,} tokens."
LONGEST_TOGETHER = "Memory is counted for the longest rows of your data together, {tokens:,} tokens each on average."
NO_BF16 = "{card} cannot compute in bf16, and training refuses it: choose fp16, which takes the same memory."
ONE_CARD = "Tunesmith trains on one card so far; {count} are counted as if the layers were shared over them."


def reasons_for(
    name: PlanName,
    settings: TrainingSettings,
    memory: MemoryEstimate,
    spec: ModelSpec,
    machine: FitMachine,
    rows: Rows | None,
    wanted: TrainingSettings,
) -> list[str]:
    """The reasons, the most important first; `wanted` are the settings that memory took nothing from."""
    fits = memory.total_bytes <= machine.memory_usable_bytes
    purpose = PURPOSE[name] if fits or name == "yours" else CLOSEST
    reasons = [purpose, spare_words(memory.total_bytes, machine), *_model(spec, settings, machine)]
    if settings.compute_dtype == "bf16" and machine.is_gpu and rules.compute_dtype_for(machine) != "bf16":
        reasons.append(NO_BF16.format(card=machine.gpu))
    if machine.gpu_count > 1:
        reasons.append(ONE_CARD.format(count="two" if machine.gpu_count == 2 else machine.gpu_count))
    if memory.row_tokens < settings.max_seq_length:
        together = settings.padding_free and settings.per_device_batch_size > 1
        reasons.append((LONGEST_TOGETHER if together else LONGEST).format(tokens=memory.row_tokens))
    if name == "yours":
        return reasons
    reasons += [_quantization(spec, settings, machine, fits), _length(settings, rows, wanted), _batch(settings)]
    reasons += _adapter(settings, wanted)
    if settings.gradient_checkpointing:
        reasons.append("Layers are computed again in the backward pass, about a third more work, to save room.")
    if settings.loss == "full":
        why = "takes less for so few tokens and words" if name == "leanest" else "is quicker where there is room"
        reasons.append(f"The loss is computed from the whole table of logits, which {why}.")
    reasons += _optimizer(settings)
    reasons.append(f"Learning rate {settings.learning_rate:g} for a model of width {spec.hidden_size:,}.")
    return reasons


def _model(spec: ModelSpec, settings: TrainingSettings, machine: FitMachine) -> list[str]:
    """Of a mixture of experts: that all of them are held, and in how many bits."""
    if not spec.experts:
        return []
    place = "on the card" if machine.is_gpu else "in the RAM"
    total, active = billions(spec.parameters), billions(active_parameters(spec))
    reasons = [
        f"A token meets {active} of the {total} parameters, but any token may need any of the {spec.experts} experts: "
        f"all {total} must be {place}."
    ]
    if settings.quantization != "none" and any(k.group == "experts" and not k.quantizable for k in spec.linears):
        bits = 32 if settings.compute_dtype == "fp32" else 16
        experts = billions(spec.parameters_by_group.get("experts", 0))
        reasons.append(
            f"The experts, {experts} parameters, stay in {bits} bits: they cannot be loaded in 4 or 8 bits yet."
        )
    return reasons


def active_parameters(spec: ModelSpec) -> int:
    """Parameters that one token of text meets: all but the experts that it is not sent to and the vision tower."""
    experts, vision = (spec.parameters_by_group.get(group, 0) for group in ("experts", "vision"))
    met = experts * spec.experts_per_token // spec.experts if spec.experts else experts
    return spec.parameters - vision - experts + met


def billions(parameters: int) -> str:
    """“109B”, “8.0B”, “0.5B”, “3M”: as people speak of models."""
    if parameters < 50_000_000:
        return f"{parameters / 1e6:.0f}M"
    value = parameters / 1e9
    return f"{value:.0f}B" if value >= 10 else f"{value:.1f}B"


def _quantization(spec: ModelSpec, settings: TrainingSettings, machine: FitMachine, fits: bool) -> str:
    what = "The other weights" if spec.experts else "The weights"
    if settings.quantization == "none":
        bits = 32 if settings.compute_dtype == "fp32" else 16
        return f"The weights stay as they are, in {bits} bits: nothing is lost, and no time goes into unpacking them."
    if settings.quantization == "int8":
        return f"{what} are held in 8 bits, half of what they take in 16."
    if not fits:
        return f"{what} are held in 4 bits (NF4), the fewest there are."
    place = "card" if machine.is_gpu else "RAM"
    return f"{what} are held in 4 bits (NF4), so that all fits the {place}; training makes up for what that loses."


def _length(settings: TrainingSettings, rows: Rows | None, wanted: TrainingSettings) -> str:
    limit = settings.max_seq_length
    shorter = f", because {wanted.max_seq_length:,} do not fit" if limit < wanted.max_seq_length else ""
    if not rows:
        return f"Sequences of up to {limit:,} tokens{shorter}, until a data set is chosen."
    cut = rows.cut(limit)
    if not cut:
        return f"{limit:,} tokens hold every row whole."
    share = f"{limit:,} tokens{shorter}: they" if shorter else f"{limit:,} tokens"
    return f"{share} hold {1 - cut / len(rows):.0%} of the rows whole; {cut:,} are cut off."


def _batch(settings: TrainingSettings) -> str:
    micro, steps = settings.per_device_batch_size, settings.gradient_accumulation_steps
    joined = ", joined so that nothing is padded" if settings.padding_free and micro > 1 else ""
    if steps == 1:
        return f"{micro} rows a step, all at once{joined}."
    return f"{micro * steps} rows a step, {micro} at a time{joined}."


def _adapter(settings: TrainingSettings, wanted: TrainingSettings) -> list[str]:
    """What the adapter gave up of what it was wanted to be."""
    found = []
    if settings.lora_targets != wanted.lora_targets:
        found.append("Adapters on attention only, to save room; on all layers they learn more.")
    if settings.lora_rank < wanted.lora_rank:
        found.append(f"Rank {settings.lora_rank} instead of {wanted.lora_rank}, to save room.")
    if settings.adapter_dtype != wanted.adapter_dtype:
        found.append("The adapter is trained in bf16, less exact than fp32, to save room.")
    return found


def _optimizer(settings: TrainingSettings) -> list[str]:
    if settings.optimizer == "adamw":
        return []
    paged = ", and may be moved to the RAM for a while," if settings.optimizer == "paged_adamw_8bit" else ""
    return [f"The optimiser's numbers are held in 8 bits{paged} to save room."]
