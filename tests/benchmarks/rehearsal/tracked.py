"""A real training, tracked: real weights from a folder, the engine's own loading and trainer, two steps, every storage
seen."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bitsandbytes
import torch
from torch import nn
from torch.utils._python_dispatch import _disable_current_modes
from torch.utils.data import SequentialSampler

from core.engine import adapter, trainer
from core.engine.device import Device
from core.engine.joining import joins
from core.engine.load import load_model
from core.engine.progress import RunProgress
from core.engine.rehearsal import stage
from core.engine.rehearsal.peaks import Recording, term_of
from core.engine.rehearsal.recorder import Recorder
from core.engine.rehearsal.skeleton import layer_list
from core.engine.rows import Row, Rows
from core.engine.tokenizer import load_tokenizer
from core.settings import TrainingSettings

STEPS = 2
SHORTER = 5  # tokens that the first row of a batch of several lacks, so that there is padding


def track(folder: Path, settings: TrainingSettings, vocabulary: int, out: Path) -> Recording:
    """Load the model in `folder` and train it for two steps; births and deaths of every storage."""
    recorder = Recorder(assumes=False)
    os.environ["HF_DEACTIVATE_ASYNC_LOAD"] = "1"  # a dispatch mode sees its own thread alone
    torch.set_num_threads(1)  # small tensors
    bitsandbytes.functional.name2qmap["dynamic"] = bitsandbytes.functional.create_dynamic_map()  # once a process
    device = Device(torch.device("cpu"), "cpu", "tracked")
    with recorder:
        loaded = load_model(folder, settings, device)
        _own_storages(loaded)
        recorder.phase = "adapter"
        model = adapter.attach(loaded, settings)
        tracked = trainer.build(
            folder=out,
            model=model,
            tokenizer=load_tokenizer(folder),
            rows=Rows(train=_rows(settings, vocabulary), validation=[]),
            settings=settings.changed(max_steps=STEPS),
            device=device,
            progress=RunProgress(),
            callbacks=[stage.Phases(recorder)],
            kind=TrackedTrainer,
        )
        assert isinstance(tracked, TrackedTrainer)
        tracked.recorder = recorder
        _, layers = layer_list(tracked.model)
        stage.watch(tracked.model, layers, recorder)
        recorder.phase = "forward"
        tracked.train()
        recorder.stop()
    return _recording(recorder)


class TrackedTrainer(trainer.Trainer):
    """The engine's trainer that says in which phase it is. `recorder` hears it."""

    recorder: Recorder

    def training_step(self, model: Any, inputs: dict[str, Any], *others: Any, **named: Any) -> Any:
        """One micro-batch, with its phases."""
        self.recorder.phase = "forward"
        try:
            return super().training_step(model, inputs, *others, **named)
        finally:
            self.recorder.phase, self.recorder.layer = "clip", None

    def _get_train_sampler(self, *_: Any) -> Any:
        """The rows as they are, so that every batch of several has its shorter one."""
        return SequentialSampler(self.train_dataset)

    def get_train_dataloader(self) -> Any:
        """The real one, whose batches come to the device one copy each, as to a card."""
        return _Sent(super().get_train_dataloader())


class _Sent:
    """What a loader makes is in the machine's memory, not seen; what it hands out is a copy on the device."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def __len__(self) -> int:
        return len(self._loader)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def __iter__(self) -> Iterator[dict[str, torch.Tensor]]:
        with _disable_current_modes():
            made = list(self._loader)
        for batch in made:
            yield {name: got.clone() if isinstance(got, torch.Tensor) else got for name, got in batch.items()}


def _own_storages(model: nn.Module) -> None:
    """Weights that lie in the mapped file get a storage each, as they have on a card."""
    for module in model.modules():
        for tensors in (module._parameters, module._buffers):
            for tensor in tensors.values():
                if tensor is not None and tensor.untyped_storage().nbytes() > tensor.nbytes:
                    tensor.data = tensor.data.clone()


def _rows(settings: TrainingSettings, vocabulary: int) -> list[Row]:
    """Rows at the limit, and where several are padded to one length, a shorter one in each batch."""
    chance = random.Random(3)
    rows = []
    for _ in range(STEPS * settings.gradient_accumulation_steps):
        for place in range(settings.per_device_batch_size):
            short = SHORTER if place == 1 and not joins(settings) else 0
            ids = [chance.randrange(3, vocabulary) for _ in range(settings.max_seq_length - short)]
            rows.append(Row(input_ids=ids, labels=ids))
    return rows


def _recording(recorder: Recorder) -> Recording:
    alive = {event for event in recorder.events if event >= 0} - {~event for event in recorder.events if event < 0}
    terms = [term_of(number, block, number in alive, recorder) for number, block in enumerate(recorder.blocks)]
    return Recording(recorder.blocks, recorder.events, recorder.tags, terms, recorder.handed)
