"""recommend: a search over the settings that matter, and three named plans with their reasons."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from core.fit import rules
from core.fit.alternatives import alternatives_to
from core.fit.estimate import estimate
from core.fit.reasons import reasons_for
from core.fit.roofline import speed_of
from core.fit.values import DataLengths, FitMachine, MemoryEstimate, Plan, PlanName, Recommendation, Speed, Verdict
from core.models.spec import ModelSpec
from core.settings import TrainingSettings, build

# What a fine-tuned model loses by its base's precision. NF4 with LoRA matches 16 bits after training (2305.14314, table
# 3), so int8 is no better, and both come after the weights as they are.
QUALITY = {"none": 1, "int8": 0, "nf4": 0}
MICRO_BATCHES = (1, 2, 4, 8, 16)
RAM_SHARE_UNQUANTISED = 0.5  # without a card: 32-bit weights are kept as they are while training stays below this


class Candidate(NamedTuple):
    """Settings that were tried, with what they cost."""

    settings: TrainingSettings
    memory: MemoryEstimate
    speed: Speed
    verdict: Verdict


def recommend(
    spec: ModelSpec,
    machine: FitMachine,
    lengths: DataLengths | None = None,
    pinned: TrainingSettings | None = None,
) -> Recommendation:
    """Whether and how `spec` can be trained on `machine`.

    Args:
        lengths: the token lengths of the data set's rows, if there is one.
        pinned: exactly these settings: the only plan is then `yours`, whether it fits or not.
    """
    plans = [your_plan(spec, machine, pinned, lengths)] if pinned else _three_plans(spec, machine, lengths)
    first = plans[0]
    return Recommendation(
        model=spec,
        machine=machine,
        verdict=first.verdict,
        plans=plans,
        alternatives=alternatives_to(spec, first.settings, machine) if first.verdict == "does_not_fit" else [],
    )


def your_plan(
    spec: ModelSpec, machine: FitMachine, settings: TrainingSettings, lengths: DataLengths | None = None
) -> Plan:
    """What exactly these settings cost, whether they fit or not."""
    return _plan("yours", _candidate(spec, machine, settings), spec, machine, lengths)


def _three_plans(spec: ModelSpec, machine: FitMachine, lengths: DataLengths | None) -> list[Plan]:
    """Best quality, fastest and leanest of what fits; only the leanest where nothing does."""
    wanted = rules.covering_length(lengths, spec.context_length)
    for length in rules.shorter_lengths(wanted):
        tried = [_candidate(spec, machine, settings) for settings in _search(spec, machine, lengths, length)]
        fitting = [candidate for candidate in tried if candidate.verdict == "fits"]
        fitting = fitting or [candidate for candidate in tried if candidate.verdict == "tight"]
        if fitting:
            break
    leanest = min(tried, key=lambda tried_one: tried_one.memory.total_bytes)
    if not fitting:
        return [_plan("leanest", leanest, spec, machine, lengths)]
    best = max(fitting, key=lambda candidate: _quality(candidate, machine))
    fastest = max(fitting, key=lambda candidate: candidate.speed.tokens_per_second)
    lean_settings = leanest.settings.changed(lora_rank=rules.LEAN_RANK, lora_alpha=2 * rules.LEAN_RANK)
    chosen: list[tuple[PlanName, Candidate]] = [
        ("best_quality", best),
        ("fastest", fastest),
        ("leanest", _candidate(spec, machine, lean_settings)),
    ]
    return [_plan(name, candidate, spec, machine, lengths) for name, candidate in chosen]


def _quality(candidate: Candidate, machine: FitMachine) -> tuple[int, bool, float]:
    """What makes a better model, then what is exact, then what is fast. Without a card, RAM is left to the rest."""
    quality = QUALITY[candidate.settings.quantization]
    crowds_ram = candidate.memory.total_bytes > RAM_SHARE_UNQUANTISED * machine.memory_usable_bytes
    if quality and crowds_ram and not machine.is_gpu:
        quality = -1
    return quality, candidate.settings.optimizer == "adamw", candidate.speed.tokens_per_second


def _search(
    spec: ModelSpec, machine: FitMachine, lengths: DataLengths | None, length: int
) -> Iterator[TrainingSettings]:
    """Every combination worth trying at sequences of `length`."""
    rows = len(lengths.lengths) if lengths else None
    batch = rules.effective_batch(rows)
    common = _common(spec, machine, rows, batch, length)
    methods = ("none", "int8", "nf4") if machine.is_gpu else ("none", "nf4")
    optimizers = ("adamw", "adamw_8bit") if machine.is_gpu else ("adamw",)
    micro_batches = [micro for micro in MICRO_BATCHES if micro <= batch]
    for method, checkpointing, micro, optimizer in product(methods, (False, True), micro_batches, optimizers):
        yield build(
            common
            | {
                "quantization": method,
                "gradient_checkpointing": checkpointing,
                "per_device_batch_size": micro,
                "gradient_accumulation_steps": batch // micro,
                "optimizer": optimizer,
            }
        )


def _common(spec: ModelSpec, machine: FitMachine, rows: int | None, batch: int, length: int) -> dict[str, object]:
    rank, epochs = rules.rank_for(rows), rules.epochs_for(rows, spec)
    return {
        "compute_dtype": rules.compute_dtype_for(machine),
        "lora_rank": rank,
        "lora_alpha": 2 * rank,
        "max_seq_length": length,
        "learning_rate": rules.learning_rate_for(spec),
        "epochs": epochs,
        "warmup_steps": rules.warmup_for(rows, batch, epochs),
        "attention": rules.attention_for(spec),
        "loss": "fused",
    }


def _candidate(spec: ModelSpec, machine: FitMachine, settings: TrainingSettings) -> Candidate:
    memory = estimate(spec, settings, machine)
    return Candidate(settings, memory, speed_of(spec, settings, machine), rules.verdict(memory.total_bytes, machine))


def _plan(
    name: PlanName, candidate: Candidate, spec: ModelSpec, machine: FitMachine, lengths: DataLengths | None
) -> Plan:
    return Plan(
        name=name,
        settings=candidate.settings,
        memory=candidate.memory,
        speed=candidate.speed,
        verdict=candidate.verdict,
        reasons=reasons_for(name, candidate.settings, candidate.memory, spec, machine, lengths),
    )
