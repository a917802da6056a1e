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
    the context. `row_tokens` is how long each row of the batch is that was counted with: the limit, or what the longest
    rows of the data set come to.
    """

    depth: Depth
    total_bytes: int
    terms: dict[str, int]
    allocated_peak_bytes: int
    reserved_peak_bytes: int
    context_bytes: int
    row_tokens: int


class Speed(msgspec.Struct, frozen=True, kw_only=True):
    """Expected training speed and the range it should fall in."""

    tokens_per_second: float
    low: float
    high: float


class Duration(msgspec.Struct, frozen=True, kw_only=True):
    """Optimiser steps, tokens seen in all of them (without padding), and the seconds they should take, with a range.

    Loading the model comes on top, and so do validation and checkpoints, which take about a tenth.
    """

    steps: int
    tokens: int
    seconds: float
    low_s: float
    high_s: float


class Prediction(msgspec.Struct, frozen=True, kw_only=True):
    """What a run was promised by one depth. `tokens_per_second` counts as the run itself does, without padding; 0 where
    no data set was looked at."""

    depth: Depth
    total_bytes: int
    tokens_per_second: float = 0.0


class RentedJob(msgspec.Struct, frozen=True, kw_only=True):
    """The same job on a rented card: its hours, start-up and download included, and what they cost together."""

    card: str
    provider: str
    hours: float
    price: float
    price_per_hour: float
    as_of: str


class ApiJob(msgspec.Struct, frozen=True, kw_only=True):
    """The same tokens given to a fine-tuning service, for comparison. `same_model`: it trains open models, perhaps this
    one; else the model is another."""

    offer: str
    same_model: bool
    price: float
    price_per_million_tokens: float
    as_of: str


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What a run costs, in `currency`.

    `electricity` with its range is the card's own, None where its power is unknown; `power_w` is what it draws while
    training, `price_per_kwh` what was counted with. `rented` and `api` are for comparison, the cheapest first.
    """

    currency: str
    price_per_kwh: float
    power_w: float | None
    electricity_kwh: float | None
    electricity: float | None
    low: float | None
    high: float | None
    rented: list[RentedJob]
    api: list[ApiJob]


class DepthFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What one depth says of a plan: memory at the peak, and speed with every row at its longest."""

    depth: Depth
    total_bytes: int
    tokens_per_second: float


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Settings with what they cost and why they were chosen.

    `memory` is of the deepest depth that is known; `instant` the first figure, where that is a deeper one; `depths`
    what each known one said, the deepest last, empty where only the instant is. `duration` and `cost` need a data set.
    """

    name: PlanName
    settings: TrainingSettings
    memory: MemoryEstimate
    speed: Speed
    verdict: Verdict
    reasons: list[str]
    instant: MemoryEstimate | None = None
    depths: list[DepthFigures] = []
    duration: Duration | None = None
    cost: Cost | None = None

    @property
    def at_longest(self) -> TrainingSettings:
        """The settings that a deeper depth of the estimate works with: rows as long as `memory` counted with."""
        return self.settings.changed(max_seq_length=self.memory.row_tokens)


class FitMachine(msgspec.Struct, frozen=True, kw_only=True):
    """The card (or, without one, the RAM) that is planned for. `held_bytes` is what other programs hold of it.

    `gpu` is empty without a card. Of several cards (`gpu_count`, all of one kind, simulated) the bytes are those of all
    together, and every card needs a context of its own. `compute_capability`, `power_limit_w` (of one card) and
    `pcie_gb_s` (each way) are None where they are unknown, `cpu_cores` 0 for a card.
    """

    gpu: str
    memory_total_bytes: int
    memory_usable_bytes: int
    held_bytes: int
    simulated: bool
    is_gpu: bool
    compute_capability: tuple[int, int] | None = None
    cpu_cores: int = 0
    gpu_count: int = 1
    power_limit_w: float | None = None
    pcie_gb_s: float | None = None


class Alternative(msgspec.Struct, frozen=True, kw_only=True):
    """Something else that would work.

    Attributes:
        changes: settings to be taken together, for the kind `setting`; else `{"model": name}` or `{"gpu": name}`.
        saves_bytes: what a change of settings gains; `verdict` what the plan would be with it alone.
        price: of the whole job in `currency`, None where no data set says how long it is; `hours` likewise.
        price_per_hour: of the rented card.
    """

    kind: Literal["setting", "smaller_model", "bigger_card", "rent", "api"]
    text: str
    changes: dict[str, Any] = {}
    saves_bytes: int = 0
    verdict: Verdict | None = None
    price: float | None = None
    price_per_hour: float | None = None
    hours: float | None = None
    currency: str = ""


class Recommendation(msgspec.Struct, frozen=True, kw_only=True):
    """Whether and how `model` can be trained on `machine`; the first plan is the one that is proposed."""

    model: ModelSpec
    machine: FitMachine
    verdict: Verdict
    plans: list[Plan]
    alternatives: list[Alternative]


class DataLengths(msgspec.Struct, frozen=True, kw_only=True):
    """What of a data set the recommendation looks at: the token length of every row, or what it is about."""

    lengths: list[int]
    guessed: bool = False
