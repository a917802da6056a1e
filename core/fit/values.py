"""The values of an estimate and of a recommendation, as `tunesmith fit --json` prints them."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from core.models.spec import ModelSpec
from core.settings import TrainingSettings

Depth = Literal["instant", "rehearsed", "measured"]
Verdict = Literal["fits", "tight", "does_not_fit"]
PlanName = Literal["best_quality", "fastest", "leanest", "yours"]
TermName = Literal[
    "weights", "adapter", "gradients", "optimizer", "activations", "logits", "workspace", "allocator", "context"
]

TERM_TITLES: dict[str, str] = {
    "weights": "Base weights",
    "adapter": "LoRA adapter",
    "gradients": "Gradients",
    "optimizer": "Optimiser",
    "activations": "Activations",
    "logits": "Logits and loss",
    "workspace": "Workspace",
    "allocator": "Allocator",
    "context": "CUDA context",
}


class MemoryEstimate(msgspec.Struct, frozen=True, kw_only=True):
    """Memory of one training process at its peak, in bytes.

    `terms` add up to `total_bytes`, which is what the card's own monitor would show: reserved by the allocator plus
    the context.
    """

    depth: Depth
    total_bytes: int
    terms: dict[str, int]
    allocated_peak_bytes: int
    reserved_peak_bytes: int
    context_bytes: int


class Speed(msgspec.Struct, frozen=True, kw_only=True):
    """Expected training speed and the range it should fall in."""

    tokens_per_second: float
    low: float
    high: float


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Settings with what they cost and why they were chosen."""

    name: PlanName
    settings: TrainingSettings
    memory: MemoryEstimate
    speed: Speed
    verdict: Verdict
    reasons: list[str]


class FitMachine(msgspec.Struct, frozen=True, kw_only=True):
    """The card (or, without one, the RAM) that is planned for. `held_bytes` is what other programs hold of it.

    `gpu` is empty without a card. `compute_capability` is None where it is unknown, `cpu_cores` 0 for a card.
    """

    gpu: str
    memory_total_bytes: int
    memory_usable_bytes: int
    held_bytes: int
    simulated: bool
    is_gpu: bool
    compute_capability: tuple[int, int] | None = None
    cpu_cores: int = 0


class Alternative(msgspec.Struct, frozen=True, kw_only=True):
    """Something else that would work. `changes` are settings for the kind `setting`, `saves_bytes` what it gains."""

    kind: Literal["setting", "smaller_model", "bigger_card", "rent", "api"]
    text: str
    changes: dict[str, Any] = {}
    saves_bytes: int = 0


class Recommendation(msgspec.Struct, frozen=True, kw_only=True):
    """Whether and how `model` can be trained on `machine`; the first plan is the one that is proposed."""

    model: ModelSpec
    machine: FitMachine
    verdict: Verdict
    plans: list[Plan]
    alternatives: list[Alternative]


class DataLengths(msgspec.Struct, frozen=True, kw_only=True):
    """What of a data set the recommendation looks at: the token length of every row."""

    lengths: list[int]
