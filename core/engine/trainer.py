"""trl's SFTTrainer, set up by our settings: our rows, our loss choice, our checkpoints.

What trl does: the fused loss (its language-model head works in tiles and never makes the table of logits), packing, the
collator. What it does not: keep the adapter's precision on a quantised base, offer the full loss without computing
both, write checkpoints that are whole or not there. Those three are here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import transformers
from datasets import Dataset
from transformers import PrinterCallback, TrainerCallback
from trl import SFTConfig, SFTTrainer

from core.engine import adapter, checkpoints
from core.engine.device import Device
from core.engine.progress import RunProgress, write_progress
from core.engine.rows import Row, Rows
from core.engine.schedule import validation_rows
from core.settings import TrainingSettings

OPTIMIZERS = {"adamw": "adamw_torch_fused", "adamw_8bit": "adamw_8bit", "paged_adamw_8bit": "paged_adamw_8bit"}
SCHEDULERS = {"cosine": "cosine", "linear": "linear", "constant": "constant_with_warmup"}


class Trainer(SFTTrainer):
    """One run's trainer.

    Attributes:
        progress: counts that outlive this process; this class adds the tokens.
    """

    def __init__(self, *, folder: Path, settings: TrainingSettings, progress: RunProgress, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.progress = progress
        self._folder = folder
        self._settings = settings
        adapter.cast(self.model, settings)
        self.remove_callback(PrinterCallback)

    def training_step(self, model: Any, inputs: dict[str, Any], *others: Any, **named: Any) -> Any:
        """trl's step, with the tokens counted that are no padding."""
        mask = inputs.get("attention_mask")
        self.progress.tokens += int(inputs["input_ids"].numel() if mask is None else mask.sum())
        return super().training_step(model, inputs, *others, **named)

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """`fused`: trl's, in tiles. `full`: the model's own, from the whole table of logits. Both: mean over counted
        tokens."""
        if self._settings.loss == "fused":
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        return transformers.Trainer.compute_loss(
            self, model, {**inputs, "use_cache": False}, return_outputs, num_items_in_batch
        )

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        """All that going on needs: adapter, optimiser, schedule, random numbers, counts. Called by transformers'
        loop."""
        folder, keep = self._folder / "checkpoints", (self.progress.validation.best_step,)
        checkpoints.write(folder, self.state.global_step, self._fill_checkpoint, keep)

    def _fill_checkpoint(self, place: Path) -> None:
        adapter.save(self.model, place)
        self._save_optimizer_and_scheduler(str(place))
        self._save_scaler(str(place))
        self._save_rng_state(str(place))
        self.state.log_history.clear()  # the event log keeps it; here it would grow with every step
        self.state.save_to_json(str(place / "trainer_state.json"))
        write_progress(place, self.progress)

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        """The adapter of a checkpoint. transformers' own way would give a bf16 adapter back as fp32."""
        adapter.load_into(self.model, Path(resume_from_checkpoint))


def build(
    *,
    folder: Path,
    model: Any,
    tokenizer: Any,
    rows: Rows,
    settings: TrainingSettings,
    device: Device,
    progress: RunProgress,
    callbacks: Sequence[TrainerCallback],
    kind: type[Trainer] = Trainer,
) -> Trainer:
    """The trainer of the run in `folder`, ready for `train`. `model` carries its adapter already. `kind` is another for
    a rehearsal."""
    held_back = rows.validation[: validation_rows(len(rows.validation), _rows_trained(len(rows.train), settings))]
    trainer = kind(
        folder=folder,
        settings=settings,
        progress=progress,
        model=model,
        args=_arguments(folder, settings, device),
        train_dataset=_table(rows.train),
        eval_dataset=_table(held_back) if held_back else None,
        processing_class=tokenizer,
        callbacks=list(callbacks),
    )
    trainer.args.max_steps = _steps(len(trainer.train_dataset), settings)
    return trainer


def _table(rows: Sequence[Row]) -> Dataset:
    return Dataset.from_dict({"input_ids": [r.input_ids for r in rows], "labels": [r.labels for r in rows]})


def _rows_trained(rows: int, settings: TrainingSettings) -> int:
    by_steps = settings.max_steps * settings.per_device_batch_size * settings.gradient_accumulation_steps
    by_epochs = math.ceil(rows * settings.epochs)
    return min(by_steps, by_epochs) if by_steps else by_epochs


def _steps(rows: int, settings: TrainingSettings) -> int:
    """Optimiser steps of the whole run: those of the epochs, or fewer where `max_steps` says so."""
    batches = math.ceil(rows / settings.per_device_batch_size)
    an_epoch = math.ceil(batches / settings.gradient_accumulation_steps)
    of_epochs = math.ceil(settings.epochs * an_epoch)
    return min(of_epochs, settings.max_steps) if settings.max_steps else of_epochs


def _arguments(folder: Path, settings: TrainingSettings, device: Device) -> SFTConfig:
    return SFTConfig(
        output_dir=str(folder / "checkpoints"),
        use_cpu=not device.is_cuda,
        bf16=settings.compute_dtype == "bf16",
        fp16=settings.compute_dtype == "fp16",
        per_device_train_batch_size=settings.per_device_batch_size,
        per_device_eval_batch_size=settings.per_device_batch_size,
        gradient_accumulation_steps=settings.gradient_accumulation_steps,
        activation_checkpointing=settings.gradient_checkpointing,
        activation_checkpointing_kwargs={"use_reentrant": False} if settings.gradient_checkpointing else None,
        optim=OPTIMIZERS[settings.optimizer],
        learning_rate=settings.learning_rate,
        lr_scheduler_type=SCHEDULERS[settings.lr_scheduler],
        warmup_steps=settings.warmup_steps,
        weight_decay=settings.weight_decay,
        max_grad_norm=settings.max_grad_norm,
        num_train_epochs=settings.epochs,
        seed=settings.seed,
        max_length=settings.max_seq_length,
        packing=settings.packing,
        eval_packing=False,
        loss_type="nll",
        dataset_kwargs=None if settings.packing else {"skip_prepare_dataset": True},
        logging_strategy="steps",
        logging_steps=1,
        logging_nan_inf_filter=False,
        save_strategy="no",
        eval_strategy="no",
        report_to="none",
        disable_tqdm=True,
        dataloader_num_workers=0,
        dataloader_pin_memory=device.is_cuda,
    )
