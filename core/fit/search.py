"""Search: which settings of one model fit one place, from those that teach best down, without trying them all.

Memory only grows with the rows at once, and each lever only ever saves; so one estimate decides many settings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, NamedTuple

import msgspec

from core.fit import rules
from core.fit.estimate import estimate
from core.fit.roofline import speed_of
from core.fit.rows import Rows
from core.fit.values import FitMachine, MemoryEstimate
from core.models.spec import ModelSpec
from core.settings import TrainingSettings

MICRO_BATCHES = (1, 2, 4, 8, 16)
RAM_SHARE_UNQUANTISED = 0.5  # without a card: 32-bit weights are kept as they are while training stays below this
SLACK = 0.05  # best quality may take this much longer where that leaves more memory free
Level = tuple[tuple[str, ...], int]  # ways to hold the weights that teach equally well, and the bytes they may take


class Adapter(NamedTuple):
    """Where an adapter sits and how much it can learn."""

    targets: str
    rank: int

    def settings(self) -> dict[str, Any]:
        """As settings, with the usual alpha."""
        return {"lora_targets": self.targets, "lora_rank": self.rank, "lora_alpha": 2 * self.rank}


class Search:
    """The settings of `spec` on `machine` that share what `base` says, but for the levers.

    Attributes:
        decided: of how many settings it is known by now whether they fit.
        estimates: how many of them were worked out for that.
    """

    def __init__(self, spec: ModelSpec, machine: FitMachine, base: TrainingSettings, rows: Rows | None = None) -> None:
        self.spec, self.machine, self.base, self.rows = spec, machine, base, rows
        self.decided = self.estimates = 0
        self._known: dict[TrainingSettings, MemoryEstimate] = {}
        batch = base.per_device_batch_size * base.gradient_accumulation_steps
        self._batches = [
            {
                "per_device_batch_size": micro,
                "gradient_accumulation_steps": batch // micro,
                "group_by_length": micro > 1 and not base.padding_free,
            }
            for micro in MICRO_BATCHES
            if micro <= batch
        ]
        self._methods = ("none", "int8", "nf4") if machine.is_gpu else ("none", "nf4")
        self._exactness = _exactness(machine, base)

    def memory(self, settings: TrainingSettings) -> MemoryEstimate:
        """The estimate of `settings`, worked out once."""
        if settings not in self._known:
            self.estimates += 1
            self._known[settings] = estimate(self.spec, settings, self.machine, self.rows)
        return self._known[settings]

    def seconds_a_row(self, settings: TrainingSettings) -> float:
        """The time one row takes, with the padding that its batch brings; to six digits, so that equals are equal."""
        width = self.rows.width(settings) if self.rows else settings.max_seq_length
        speed = speed_of(self.spec, msgspec.structs.replace(settings, max_seq_length=width), self.machine)
        return float(f"{width / speed.tokens_per_second:.6g}")

    def adapters(self) -> list[Adapter]:
        """From the one that learns most down: all layers before attention alone, and down to the leanest rank."""
        ranks = [self.base.lora_rank]
        while ranks[-1] // 2 >= rules.LEAN_RANK:
            ranks.append(ranks[-1] // 2)
        attention = rules.attention_targets(self.spec)
        targets = [self.base.lora_targets, *([attention] if attention else [])]
        return [Adapter(*found) for found in product(targets, ranks)]

    def at(self, length: int, adapter: Adapter) -> TrainingSettings:
        """What all share, with this length and adapter."""
        return self._changed(self.base, max_seq_length=length, **adapter.settings())

    def best(self, adapters: Sequence[Adapter], length: int, limit_bytes: int) -> TrainingSettings | None:
        """Of what stays within the limit: the first of `adapters`, then weights as they are, then exact optimiser and
        adapter, then about the least time, with as much room to spare as that leaves."""
        for adapter in adapters:
            start = self.at(length, adapter)
            if self.memory(self.leanest(start)).total_bytes > limit_bytes:
                self.decided += len(self._methods) * len(self._exactness) * 2 * len(self._batches)
                continue
            for (methods, level_bytes), exact in product(self._levels(limit_bytes), self._exactness):
                at = self._changed(start, **exact)
                found = self._fastest(at, methods, ("fused",), level_bytes, SLACK)
                if found is not None:
                    return found
        return None

    def fastest(self, like: TrainingSettings, limit_bytes: int) -> TrainingSettings:
        """The least time of what stays within the limit and learns as much as `like`, which does; the more exact
        optimiser where that costs none."""
        found = [like]
        for exact in self._exactness:
            if exact["adapter_dtype"] == like.adapter_dtype:
                one = self._fastest(self._changed(like, **exact), self._methods, ("fused", "full"), limit_bytes)
                found += [one] if one is not None else []
        return min(found, key=lambda settings: (self.seconds_a_row(settings), self._exactness_of(settings)))

    def leanest(self, like: TrainingSettings) -> TrainingSettings:
        """The least memory with the adapter and the length of `like`; what saves nothing is left as it is."""
        exact = self._exactness[-1] if self.machine.is_gpu else self._exactness[0]
        start = self._changed(like, **self._batches[0], **exact)
        optimizers = ["adamw_8bit", "paged_adamw_8bit"] if self.machine.is_gpu else ["adamw"]
        tried = [
            self._changed(start, quantization=method, gradient_checkpointing=again, loss=loss, optimizer=optimizer)
            for method, again, loss, optimizer in product(self._methods, (False, True), ("fused", "full"), optimizers)
        ]
        self.decided += len(tried)
        return min(tried, key=lambda settings: self.memory(settings).total_bytes)

    def _levels(self, limit_bytes: int) -> Iterator[Level]:
        """NF4 with LoRA matches 16 bits after training (2305.14314, table 3), so int8 is no better, and both come after
        the weights as they are. Without a card, much of the RAM is left to the rest."""
        if self.machine.is_gpu:
            yield ("none",), limit_bytes
            yield ("int8", "nf4"), limit_bytes
            return
        yield ("none",), min(limit_bytes, int(RAM_SHARE_UNQUANTISED * self.machine.memory_usable_bytes))
        yield ("nf4",), limit_bytes
        yield ("none",), limit_bytes

    def _fastest(
        self,
        start: TrainingSettings,
        methods: Sequence[str],
        losses: Sequence[str],
        limit_bytes: int,
        slack: float = 0.0,
    ) -> TrainingSettings | None:
        """The least time within the limit; with `slack`, the least memory of what takes at most this share longer."""
        fitting: list[TrainingSettings] = []
        for method, again, loss in product(methods, (False, True), losses):
            one = self._changed(start, quantization=method, gradient_checkpointing=again, loss=loss)
            fitting += self._batches_within(one, limit_bytes)
        if not fitting:
            return None
        times = [self.seconds_a_row(settings) for settings in fitting]
        quick = [one for one, took in zip(fitting, times, strict=True) if took <= min(times) * (1 + slack)]
        return min(quick, key=lambda settings: self.memory(settings).total_bytes)

    def _batches_within(self, settings: TrainingSettings, limit_bytes: int) -> list[TrainingSettings]:
        """`settings` with every number of rows at once that stays within the limit: up to the largest, found by
        bisection."""
        tried = [self._changed(settings, **batch) for batch in self._batches]
        self.decided += len(tried)
        low, high = 0, len(tried)
        while low < high:
            middle = (low + high) // 2 if low else 0
            if self.memory(tried[middle]).total_bytes <= limit_bytes:
                low = middle + 1
            else:
                high = middle
        return tried[:low]

    def _exactness_of(self, settings: TrainingSettings) -> int:
        exact: dict[str, str] = {"adapter_dtype": settings.adapter_dtype, "optimizer": settings.optimizer}
        return self._exactness.index(exact) if exact in self._exactness else 0

    @staticmethod
    def _changed(settings: TrainingSettings, **changes: Any) -> TrainingSettings:
        return msgspec.structs.replace(settings, **changes)


def _exactness(machine: FitMachine, base: TrainingSettings) -> list[dict[str, str]]:
    """Optimiser and adapter, the most exact first. bitsandbytes' optimisers need a card; gradients of a bf16 adapter
    cannot be scaled as fp16 needs it."""
    ways = [{"adapter_dtype": base.adapter_dtype, "optimizer": "adamw"}]
    if machine.is_gpu:
        ways += [{"adapter_dtype": base.adapter_dtype, "optimizer": name} for name in rules.SMALL_OPTIMIZERS]
        if base.compute_dtype == "bf16":
            ways += [{"adapter_dtype": "bf16", "optimizer": name} for name in rules.SMALL_OPTIMIZERS]
    return ways
