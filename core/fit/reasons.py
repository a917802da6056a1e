"""Why a plan is what it is, in plain words."""

from __future__ import annotations

from core.fit.describe import spare_words
from core.fit.values import DataLengths, FitMachine, MemoryEstimate, PlanName
from core.models.spec import ModelSpec
from core.settings import TrainingSettings

PURPOSE: dict[PlanName, str] = {
    "best_quality": "The most exact training that fits with room to spare.",
    "fastest": "The most tokens a second of what fits.",
    "leanest": "The least memory that this model can be trained in.",
    "yours": "Your settings, exactly as they are.",
}


def reasons_for(
    name: PlanName,
    settings: TrainingSettings,
    memory: MemoryEstimate,
    spec: ModelSpec,
    machine: FitMachine,
    lengths: DataLengths | None,
) -> list[str]:
    """The reasons, the most important first."""
    reasons = [PURPOSE[name], spare_words(memory.total_bytes, machine)]
    if name == "yours":
        return reasons
    reasons.append(_quantization(settings, machine))
    reasons.append(_length(settings, lengths))
    reasons.append(_batch(settings))
    if settings.gradient_checkpointing:
        reasons.append(
            "Layers are computed again in the backward pass, about a third slower, because all would not fit."
        )
    if settings.optimizer != "adamw":
        reasons.append("The optimiser's numbers are held in 8 bits to save room.")
    reasons.append(f"Learning rate {settings.learning_rate:g} for a model of width {spec.hidden_size:,}.")
    return reasons


def _quantization(settings: TrainingSettings, machine: FitMachine) -> str:
    if settings.quantization == "none":
        bits = 32 if settings.compute_dtype == "fp32" else 16
        return f"The weights stay as they are, in {bits} bits: nothing is lost, and no time goes into unpacking them."
    if settings.quantization == "int8":
        return "The weights are held in 8 bits, half of what they take in 16."
    place = "card" if machine.is_gpu else "RAM"
    return f"The weights are held in 4 bits (NF4), so that they fit the {place}; training makes up for what that loses."


def _length(settings: TrainingSettings, lengths: DataLengths | None) -> str:
    limit = settings.max_seq_length
    if lengths is None or not lengths.lengths:
        return f"Sequences of up to {limit:,} tokens, until a data set is chosen."
    cut = sum(length > limit for length in lengths.lengths)
    if not cut:
        return f"{limit:,} tokens hold every row whole."
    return f"{limit:,} tokens hold {1 - cut / len(lengths.lengths):.0%} of the rows whole; {cut:,} are cut off."


def _batch(settings: TrainingSettings) -> str:
    micro, steps = settings.per_device_batch_size, settings.gradient_accumulation_steps
    if steps == 1:
        return f"{micro} rows a step, all at once."
    return f"{micro * steps} rows a step, {micro} at a time, to save room."
