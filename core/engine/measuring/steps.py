"""Real steps of a few-layered model, timed: the engine's own loader, adapter and trainer, on real weights."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import TrainerCallback

from core.engine import adapter, trainer
from core.engine.device import Device
from core.engine.joining import batch_of, joins, lengths_at_most
from core.engine.load import load_model
from core.engine.progress import RunProgress
from core.engine.rehearsal import stage
from core.engine.rows import IGNORED, Row, Rows
from core.settings import TrainingSettings

WARM_UP = 1  # steps: kernels are loaded, and the optimiser's states made
TIMED = 5  # steps
FEWEST_TIMED = 2
BUDGET_S = 30.0  # after this long no further step is begun, if the fewest are done
BATCHES = 2  # a step; gradients are there from the second batch on


@dataclass
class Timings:
    """Seconds of every timed micro-batch, and of what each timed step took besides."""

    batch_s: list[float] = field(default_factory=list)
    besides_s: list[float] = field(default_factory=list)


def load(folder: Path, settings: TrainingSettings, device: Device) -> Any:
    """The model in `folder` with its adapter, loaded as a training would.

    Raises:
        TunesmithError: as `core.engine.load.load_model` and `core.engine.adapter.attach`.
    """
    return adapter.attach(load_model(folder, settings, device), settings)


def train(model: Any, settings: TrainingSettings, device: Device, folder: Path) -> Timings:
    """Some steps of full batches on `model`; `folder` is for what the trainer may write."""
    timings = Timings()
    batches = min(BATCHES, settings.gradient_accumulation_steps)
    measured = trainer.build(
        folder=folder,
        model=model,
        tokenizer=stage.tokenizer(),
        rows=Rows(train=[Row(input_ids=[0, 0], labels=[0, 0])] * 2, validation=[]),
        settings=settings.changed(
            packing=False,
            padding_free=joins(settings),
            max_steps=WARM_UP + TIMED,
            gradient_accumulation_steps=batches,
        ),
        device=device,
        progress=RunProgress(),
        callbacks=[_Clock(timings, device)],
        kind=MeasuredTrainer,
    )
    assert isinstance(measured, MeasuredTrainer)
    measured.args.max_steps = WARM_UP + TIMED
    measured.settings, measured.timings, measured.place = settings, timings, device
    measured.train()
    return Timings(timings.batch_s[WARM_UP * batches :], timings.besides_s[WARM_UP:])


class MeasuredTrainer(trainer.Trainer):
    """The engine's trainer, given full batches of random tokens, with a clock.

    Attributes:
        settings: those of the run.
        timings: what the clock has said, warm-up included.
        place: the device.
    """

    settings: TrainingSettings
    timings: Timings
    place: Device

    def get_train_dataloader(self) -> Any:
        """See `Batches`."""
        words = int(self.model.config.get_text_config().vocab_size)
        return Batches(self.settings, (WARM_UP + TIMED) * self.args.gradient_accumulation_steps, words)

    def training_step(self, model: Any, inputs: dict[str, Any], *others: Any, **named: Any) -> Any:
        """One micro-batch, timed to its end on the card."""
        began = now(self.place)
        result = super().training_step(model, inputs, *others, **named)
        self.timings.batch_s.append(now(self.place) - began)
        return result


class Batches:
    """What the trainer takes for its data loader: every row at the limit; joined, or where several are padded to one
    length the last a token shorter, so that attention needs its mask as it does in a training."""

    def __init__(self, settings: TrainingSettings, count: int, words: int) -> None:
        self._settings = settings
        self._count = count
        self._words = words

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return self._joined() if joins(self._settings) else self._padded()

    def _joined(self) -> Iterator[dict[str, Any]]:
        lengths = lengths_at_most(self._settings)
        generator = torch.Generator().manual_seed(0)
        for _ in range(self._count):
            tokens = torch.randint(self._words, (1, sum(lengths)), generator=generator)
            yield batch_of(tokens, tokens, lengths)

    def _padded(self) -> Iterator[dict[str, Tensor]]:
        rows, length = self._settings.per_device_batch_size, self._settings.max_seq_length
        generator = torch.Generator().manual_seed(0)
        mask = torch.ones((rows, length), dtype=torch.long)
        if rows > 1:
            mask[-1, -1] = 0
        for _ in range(self._count):
            tokens = torch.randint(self._words, (rows, length), generator=generator)
            labels = tokens.masked_fill(mask == 0, IGNORED)
            yield {"input_ids": tokens, "labels": labels, "attention_mask": mask}


class _Clock(TrainerCallback):
    """Times whole steps, up to the log with the loss as a run counts them, and ends the measuring in time."""

    def __init__(self, timings: Timings, device: Device) -> None:
        self._timings = timings
        self._device = device
        self._began = now(device)

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """A step starts."""
        self._step_began = now(self._device)
        self._batches = len(self._timings.batch_s)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Have the step logged, and no more than fit the time."""
        control.should_log = True
        enough = state.global_step >= WARM_UP + FEWEST_TIMED and now(self._device) - self._began > BUDGET_S
        control.should_training_stop = enough or state.global_step >= state.max_steps

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        """The step's loss is known: it is over. The loop's closing summary has none and is passed over."""
        if logs is not None and "loss" in logs:
            took = now(self._device) - self._step_began
            self._timings.besides_s.append(max(0.0, took - sum(self._timings.batch_s[self._batches :])))


def now(device: Device) -> float:
    """The time in seconds at which all that the card was given is done."""
    if device.is_cuda:
        torch.cuda.synchronize(device.torch)
    return time.perf_counter()
