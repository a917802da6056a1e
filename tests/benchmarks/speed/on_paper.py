"""What both take of a card that is not here: two steps of each trainer, rehearsed on tensors without numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from peft import get_peft_model

from core.engine.rehearsal import stage
from core.engine.rehearsal.attention import CARD_SDPA
from core.engine.rehearsal.peaks import peaks_of, two_steps
from core.engine.rehearsal.recorder import Recorder
from core.engine.rehearsal.rehearse import record, rehearse
from core.engine.rehearsal.skeleton import Skeleton, build
from core.engine.rows import Row
from core.fit.rehearsal import RehearsedCard
from core.settings import TrainingSettings
from tests.benchmarks.speed.contenders import defaults, lora, table


class PlainTrainer(stage.OnStage):
    """trl's trainer as it is, rehearsed."""


def our_peak_bytes(config: dict[str, Any], settings: TrainingSettings, card: RehearsedCard) -> int:
    """What Tunesmith's training reserves on `card` at its peak."""
    return rehearse(config, settings, card).reserved_peak_bytes


def plain_peak_bytes(config: dict[str, Any], settings: TrainingSettings, card: RehearsedCard) -> int:
    """What plain trl and peft reserve there, with the adapter and the quantisation of `settings`, and its rows at once,
    one of them at the limit, to which the others are padded."""
    skeleton = build(config, settings, CARD_SDPA)
    recorder = record(skeleton, settings, card, set_up=_plain)
    return peaks_of(two_steps(recorder), skeleton.layout, on_card=True).reserved_peak_bytes


def _plain(skeleton: Skeleton, settings: TrainingSettings, recorder: Recorder, folder: Path) -> stage.OnStage:
    with torch.device("meta"):
        model = get_peft_model(skeleton.model, lora(settings))
    arguments = defaults(settings, folder, on_card=False)
    arguments.max_steps = stage.STEPS
    made = PlainTrainer(
        model=model,
        args=arguments,
        train_dataset=table([Row(input_ids=[0, 0], labels=[0, 0])] * 2),
        processing_class=stage.tokenizer(),
        callbacks=[stage.Phases(recorder)],
    )
    made.put_on(settings, recorder)
    return made
