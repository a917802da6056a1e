"""The settings that the instant figure is held to: every model of the catalogue up to 109B, three times, and some of
them with DoRA."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from core.fit.rules import joins_rows
from core.models import catalogue
from core.models.spec import ModelSpec
from core.settings import TrainingSettings

SEED = 20260801
MOST_PARAMETERS = 110e9
TIMES = 3
WITH_DORA = 10  # every so many of those settings come once more, with DoRA
MOST_TOKENS = 65_536  # of one micro-batch
MOST_LINEAR = 2048  # tokens of a row where attention is linear: its rehearsal goes through every chunk of 64 by itself

LENGTHS = (512, 1024, 2048, 4096, 8192, 16_384, 32_768)
BATCHES = (1, 1, 1, 2, 4, 8)
RANKS = (8, 16, 32, 64, 128)
CHOICES: dict[str, Sequence[Any]] = {
    "max_seq_length": LENGTHS,
    "per_device_batch_size": BATCHES,
    "lora_rank": RANKS,
    "quantization": ("nf4", "nf4", "nf4", "int8", "none"),
    "gradient_checkpointing": (True, True, False),
    "loss": ("fused", "fused", "full"),
    "optimizer": ("adamw", "adamw_8bit"),
    "double_quantization": (True, False),
    "adapter_dtype": ("fp32", "bf16"),
    "rows": ("padded", "padded", "packing", "padding_free"),
    "gradient_accumulation_steps": (8, 1),
    "attention_only": (False, False, False, True),
}


class Case(NamedTuple):
    """One model under one set of settings."""

    model: str
    settings: TrainingSettings


def cases() -> list[Case]:
    """Every case, the same ones each time. Each setting's values are dealt out like cards, so that each comes up as
    often as it should over any stretch of the list."""
    generator = random.Random(SEED)
    names = [model.name for model in catalogue.models() if catalogue.spec_of(model.name).parameters < MOST_PARAMETERS]
    hands = {name: _dealt(values, generator) for name, values in CHOICES.items()}
    found = []
    for _ in range(TIMES):
        generator.shuffle(names)
        found += [
            Case(name, _settings(catalogue.spec_of(name), {key: next(hand) for key, hand in hands.items()}))
            for name in names
        ]
    return found + [Case(case.model, case.settings.changed(use_dora=True)) for case in found[::WITH_DORA]]


def _dealt(values: Sequence[Any], generator: random.Random) -> Iterator[Any]:
    while True:
        yield from generator.sample(values, len(values))


def _settings(spec: ModelSpec, drawn: dict[str, Any]) -> TrainingSettings:
    most = MOST_LINEAR if "linear_attention" in spec.layer_types else max(spec.context_length, LENGTHS[0])
    drawn["max_seq_length"] = min(drawn["max_seq_length"], most)
    drawn["per_device_batch_size"] = min(drawn["per_device_batch_size"], max(1, MOST_TOKENS // drawn["max_seq_length"]))
    if (rows := drawn.pop("rows")) != "padded" and joins_rows(spec):
        drawn[rows] = True
    if drawn.pop("attention_only"):
        drawn["lora_targets"] = ",".join(attention_layers(spec))
    return TrainingSettings().changed(**drawn)


def attention_layers(spec: ModelSpec) -> list[str]:
    """The names of the attention's linear layers, as a person would write them."""
    return sorted({kind.name for kind in spec.linears if kind.group == "attention" and kind.adaptable})
