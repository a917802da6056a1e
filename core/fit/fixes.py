"""Fixes: changes of settings that make a plan fit, by name and size, each one click."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from core.fit import rules
from core.fit.estimate import estimate
from core.fit.rows import Rows
from core.fit.values import Alternative, FitMachine, Verdict
from core.fit.words import format_bytes
from core.models.spec import ModelSpec
from core.settings import TrainingSettings

ORDER: dict[Verdict, int] = {"fits": 0, "tight": 1, "does_not_fit": 2}


class Step(NamedTuple):
    """One setting of a lever: its words, and the changes that it is."""

    words: str
    changes: dict[str, Any]


class Measured(NamedTuple):
    """A step that was tried, with what it saves, and the verdict on the plan with it."""

    step: Step
    saves_bytes: int
    verdict: Verdict


Lever = list[Step]  # the mildest step first


class _Place(NamedTuple):
    """What is to be trained, where, and on which rows."""

    spec: ModelSpec
    machine: FitMachine
    rows: Rows | None

    def total_bytes(self, settings: TrainingSettings) -> int:
        """What `settings` take."""
        return estimate(self.spec, settings, self.machine, self.rows).total_bytes


def fixes(
    spec: ModelSpec, settings: TrainingSettings, machine: FitMachine, rows: Rows | None = None
) -> list[Alternative]:
    """What would make `settings` need less: what suffices alone, the least harmful first, then the largest saving.

    Of a lever with several steps, such as the length, the mildest that suffices is offered. Where no lever suffices
    alone, the first answer is a combination that does; where all together do not, the last one says what they save.

    Args:
        rows: of the data set, as `core.fit.estimate.estimate` counts with them.
    """
    place = _Place(spec, machine, rows)
    now = place.total_bytes(settings)
    found = []
    for lever in levers(spec, settings, machine):
        measured = _mildest(lever, settings, place, now)
        if measured.saves_bytes > 0:
            found.append(measured)
    alone = [one for one in found if one.verdict != "does_not_fit"]
    alone.sort(key=lambda one: ORDER[one.verdict])
    others = sorted((one for one in found if one.verdict == "does_not_fit"), key=lambda one: -one.saves_bytes)
    if alone or len(found) < 2:
        return [_alternative(one) for one in (*alone, *others)]
    together = _combination(settings, place, now)
    if together.verdict == "does_not_fit":
        return [_alternative(one) for one in (*others, together)]
    return [_alternative(one) for one in (together, *others)]


def _alternative(measured: Measured) -> Alternative:
    return Alternative(
        kind="setting",
        text=f"{measured.step.words} {format_bytes(-measured.saves_bytes)}",
        changes=measured.step.changes,
        saves_bytes=measured.saves_bytes,
        verdict=measured.verdict,
    )


def _measured(step: Step, settings: TrainingSettings, place: _Place, now: int) -> Measured:
    total = place.total_bytes(settings.changed(**step.changes))
    return Measured(step, now - total, rules.verdict(total, place.machine))


def _mildest(lever: Lever, settings: TrainingSettings, place: _Place, now: int) -> Measured:
    """The first step that fits, else the first that is a tight fit, else the strongest."""
    tried = []
    for step in lever:
        tried.append(_measured(step, settings, place, now))
        if tried[-1].verdict == "fits":
            break
    fitting = [one for one in tried if one.verdict != "does_not_fit"]
    return min(fitting, key=lambda one: ORDER[one.verdict], default=tried[-1])


def _combination(settings: TrainingSettings, place: _Place, now: int) -> Measured:
    """Levers together, the least harmful first, until it fits; what turned out not to be needed is taken back."""
    taken: list[Step] = []
    so_far = settings
    number = 0
    while number < len(available := levers(place.spec, so_far, place.machine)):
        best = _mildest(available[number], so_far, place, place.total_bytes(so_far))
        if best.saves_bytes <= 0:
            number += 1
            continue
        taken = [step for step in taken if not step.changes.keys() <= best.step.changes.keys()] + [best.step]
        so_far = so_far.changed(**best.step.changes)
        if best.verdict == "fits":
            break
    return _joined(_needed(taken, settings, place), settings, place, now)


def _needed(taken: list[Step], settings: TrainingSettings, place: _Place) -> list[Step]:
    """`taken` without the steps that it fits without, the most harmful left away first."""
    reached = ORDER[_joined(taken, settings, place, 0).verdict]
    if reached == ORDER["does_not_fit"]:
        return taken
    for step in reversed(taken):
        without = [one for one in taken if one is not step]
        if ORDER[_joined(without, settings, place, 0).verdict] <= reached:
            taken = without
    return taken


def _joined(taken: Iterable[Step], settings: TrainingSettings, place: _Place, now: int) -> Measured:
    changes: dict[str, Any] = {}
    for step in taken:
        changes |= step.changes
    words = " + ".join(step.words for step in taken)
    return _measured(Step(words, changes), settings, place, now)


def levers(spec: ModelSpec, settings: TrainingSettings, machine: FitMachine) -> list[Lever]:
    """What can still be changed in `settings` to save memory, what hurts least first."""
    return [lever for lever in _all_levers(spec, settings, machine) if lever]


def _all_levers(spec: ModelSpec, settings: TrainingSettings, machine: FitMachine) -> Iterator[Lever]:
    kernels = rules.attention_for(spec)
    if settings.attention == "eager" != kernels:
        yield [Step(f"PyTorch's attention ({kernels})", {"attention": kernels})]
    if settings.loss == "full":
        yield [Step("Loss in pieces", {"loss": "fused"})]
    yield list(_fewer_rows(settings))
    if settings.quantization == "nf4" and not settings.double_quantization:
        yield [Step("Double quantisation", {"double_quantization": True})]
    if not settings.gradient_checkpointing:
        yield [Step("Gradient checkpointing", {"gradient_checkpointing": True})]
    if machine.is_gpu and settings.optimizer == "adamw":
        yield [Step("Optimiser in 8 bits", {"optimizer": "adamw_8bit"})]
    if machine.is_gpu and settings.optimizer == "adamw_8bit":
        yield [Step("Optimiser in 8 bits, paged", {"optimizer": "paged_adamw_8bit"})]
    if settings.adapter_dtype == "fp32" and settings.compute_dtype == "bf16":
        yield [Step("Adapter in bf16", {"adapter_dtype": "bf16"})]
    yield list(_fewer_bits(settings, machine))
    if settings.use_dora:
        yield [Step("LoRA without DoRA", {"use_dora": False})]
    yield list(_lower_ranks(settings))
    attention = rules.attention_targets(spec)
    if attention and set(settings.lora_targets.split(",")) != set(attention.split(",")):
        yield [Step("Adapters on attention only", {"lora_targets": attention})]
    yield list(_shorter(settings))


def _fewer_rows(settings: TrainingSettings) -> Iterator[Step]:
    """Fewer rows at once, and as many more times, so that a step sees as many as before."""
    micro = settings.per_device_batch_size
    batch, fewer = micro * settings.gradient_accumulation_steps, micro // 2
    while fewer:
        changes = {"per_device_batch_size": fewer, "gradient_accumulation_steps": max(1, round(batch / fewer))}
        yield Step(f"{micro} → {fewer} rows at once", changes)
        fewer //= 2


def _fewer_bits(settings: TrainingSettings, machine: FitMachine) -> Iterator[Step]:
    if settings.quantization == "none" and machine.is_gpu:
        yield Step("Weights in 8 bits", {"quantization": "int8"})
    if settings.quantization != "nf4":
        yield Step("Weights in 4 bits", {"quantization": "nf4", "double_quantization": True})


def _lower_ranks(settings: TrainingSettings) -> Iterator[Step]:
    """Half the rank, and half again; alpha with it, so that the adapter stays as strong."""
    rank = settings.lora_rank // 2
    while rank >= rules.LEAN_RANK:
        alpha = max(1, round(settings.lora_alpha * rank / settings.lora_rank))
        yield Step(f"Rank {settings.lora_rank} → {rank}", {"lora_rank": rank, "lora_alpha": alpha})
        rank //= 2


def _shorter(settings: TrainingSettings) -> Iterator[Step]:
    for length in rules.shorter_lengths(settings.max_seq_length):
        yield Step(f"{settings.max_seq_length:,} → {length:,} tokens", {"max_seq_length": length})
