"""trl's SFTTrainer, set up by our settings: our rows, our loss choice, our checkpoints.

What trl does: the fused loss (its language-model head works in tiles and never makes the table of logits), best-fit
packing, the collator, activations in RAM. What it does not: keep the adapter's precision on a quantised base, offer the
full loss without computing both, leave out what a run does not show (entropy, accuracy), meet the longest rows first,
write checkpoints that are whole or not there. Those are here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
import trl.trainer.utils as trl_utils
from datasets import Dataset
from peft.optimizers import create_loraplus_optimizer
from torch import Tensor
from transformers import PrinterCallback, TrainerCallback
from transformers.utils import is_torch_tf32_available
from trl import SFTConfig, SFTTrainer

from core.engine import adapter, checkpoints
from core.engine.attention import joined
from core.engine.device import Device
from core.engine.failures import is_disk_full
from core.engine.joining import Joiner, take_documents
from core.engine.order import RowOrder
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
        room_again: asked after a checkpoint found no room; whether to try again.
        batch_shape: rows and tokens of the batch at work or just done; empty before the first.
    """

    data_collator: Any
    optimizer: Any

    def __init__(self, *, folder: Path, settings: TrainingSettings, progress: RunProgress, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.progress = progress
        self._folder = folder
        self._settings = settings
        self.batch_shape: tuple[int, ...] = ()
        self.room_again: Callable[[], bool] = lambda: False
        self._uncounted: Tensor | None = None
        adapter.cast(self.model, settings)
        self.remove_callback(PrinterCallback)
        trl_utils.add_fused_lm_head(self.model.get_base_model())  # anew: with the loss alone, and nothing to watch
        if self.padding_free:
            self.data_collator = Joiner(pad_token_id=self.data_collator.pad_token_id, padding_free=True)

    def training_step(self, model: Any, inputs: dict[str, Any], *others: Any, **named: Any) -> Any:
        """trl's step on one batch, its rows kept apart, with the tokens counted that are no padding."""
        self.batch_shape = tuple(inputs["input_ids"].shape)
        mask = inputs.get("attention_mask")
        if mask is None:
            self.progress.tokens += inputs["input_ids"].numel()
        else:
            self._uncounted = mask.sum() if self._uncounted is None else self._uncounted.add_(mask.sum())
        with joined(take_documents(inputs, for_flash=self._settings.attention == "flash")):
            return super().training_step(model, inputs, *others, **named)

    def prediction_step(self, model: Any, inputs: dict[str, Any], *others: Any, **named: Any) -> Any:
        """trl's, its rows kept apart."""
        with joined(take_documents(inputs, for_flash=self._settings.attention == "flash")):
            return super().prediction_step(model, inputs, *others, **named)

    def evaluate(self, *arguments: Any, **named: Any) -> dict[str, float]:
        """transformers'. Its loader of rows draws from the random numbers of the training, which go on here as if
        nobody had looked: a run that validates once more is trained no otherwise."""
        with torch.random.fork_rng(devices=[]):
            found: dict[str, float] = super().evaluate(*arguments, **named)
        return found

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """trl's, after each step; only here is the card waited for, and asked how many tokens they were."""
        if self._uncounted is not None:
            self.progress.tokens += int(self._uncounted)
            self._uncounted = None
        super().log(logs, start_time)

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """The mean over counted tokens. `fused`: in tiles, by trl's head. `full`: the model's own, from the whole table
        of logits."""
        inputs["use_cache"] = False
        if self._settings.loss == "full":
            return transformers.Trainer.compute_loss(self, model, inputs, return_outputs, num_items_in_batch)
        outputs = model(**inputs, fused_lm_head=True)
        counted = outputs.label_mask.sum() if num_items_in_batch is None else torch.as_tensor(num_items_in_batch)
        loss = -outputs.log_probs.sum() / counted.clamp(min=1)
        return (loss, outputs) if return_outputs else loss

    def create_optimizer(self, model: Any = None) -> Any:
        """transformers', or with LoRA+ one in which the adapter's second matrices learn faster (2402.12354)."""
        if self._settings.loraplus_lr_ratio == 1.0 or self.optimizer is not None:
            return super().create_optimizer(model)
        kind, options = self.get_optimizer_cls_and_kwargs(self.args, self.model)
        self.optimizer = create_loraplus_optimizer(
            self.model,
            kind,
            loraplus_lr_ratio=self._settings.loraplus_lr_ratio,
            loraplus_weight_decay=self._settings.weight_decay,
            **options,
        )
        return self.optimizer

    def _get_train_sampler(self, train_dataset: Any = None) -> RowOrder:
        table = self.train_dataset if train_dataset is None else train_dataset
        return RowOrder(
            _lengths(table),
            batch_rows=self.args.per_device_train_batch_size,
            accumulation=self.args.gradient_accumulation_steps,
            seed=self._settings.seed,
            by_length=self._settings.group_by_length,
        )

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        """All that going on needs: adapter, optimiser, schedule, random numbers, counts. Called by transformers'
        loop."""
        folder, keep = self._folder / "checkpoints", (self.progress.validation.best_step,)
        kept = self._settings.checkpoints_kept
        while True:
            try:
                checkpoints.write(folder, self.state.global_step, self._fill_checkpoint, keep, kept=kept)
            except Exception as error:
                checkpoints.remove_partial(folder)
                if not is_disk_full(error) or not self.room_again():
                    raise
            else:
                return

    def _fill_checkpoint(self, place: Path) -> None:
        adapter.keep(self.model, place)
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
    affordable = validation_rows(len(rows.validation), _rows_trained(len(rows.train), settings))
    held_back = rows.validation[: settings.validation_rows or affordable]
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


def _lengths(table: Dataset) -> list[int]:
    """Tokens of every row."""
    chunks = table.data.column("input_ids").chunks
    return [length for chunk in chunks for length in chunk.value_lengths().to_pylist()]


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
        activation_offloading=settings.activation_offload,
        use_liger_kernel=settings.liger,
        tf32=settings.tf32 and device.is_cuda and is_torch_tf32_available(),
        optim=OPTIMIZERS[settings.optimizer],
        learning_rate=settings.learning_rate,
        lr_scheduler_type=SCHEDULERS[settings.lr_scheduler],
        warmup_steps=settings.warmup_steps,
        weight_decay=settings.weight_decay,
        max_grad_norm=settings.max_grad_norm,
        num_train_epochs=settings.epochs,
        seed=settings.seed,
        max_length=settings.max_seq_length if settings.packing else None,  # rows are cut already
        packing=settings.packing,
        padding_free=settings.padding_free,
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
