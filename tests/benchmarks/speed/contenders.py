"""The same training by Tunesmith, by plain trl and peft with their defaults, and by Unsloth: one process each.

    python -m tests.benchmarks.speed.contenders '{"contender": "ours", …}'

prints what it took as one line of JSON.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import msgspec
import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, BitsAndBytesConfig
from trl import SFTConfig, SFTTrainer

from core.engine import adapter, trainer
from core.engine.device import Device, choose
from core.engine.load import load_model
from core.engine.progress import RunProgress
from core.engine.rehearsal import stage
from core.engine.rows import Row, Rows
from core.settings import TrainingSettings
from tests.benchmarks.speed.made_rows import rows

GIB = 2**30


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One epoch over `rows` made rows of at most the longest sequence of `settings`, on the model in `folder`.

    `settings` are those that Tunesmith trains with; of them the others take the adapter, how weights are held, and the
    rows a step. `memory_gib` is the card that is played, 0 for the processor.
    """

    contender: Literal["ours", "plain", "unsloth"]
    folder: str
    words: int
    rows: int
    settings: TrainingSettings
    memory_gib: float = 0.0


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What it took: useful tokens (no padding) of the epoch, its seconds by the clock and of the processor, the card's
    memory at the peak, the mean loss; `ran_out` where the memory did not do."""

    tokens: int = 0
    seconds: float = 0.0
    processor_s: float = 0.0
    peak_bytes: int = 0
    loss: float = 0.0
    ran_out: bool = False


def run(task: Task) -> Taken:
    """Do `task` and measure it."""
    device = choose("cuda" if task.memory_gib else "cpu")
    if device.is_cuda:
        whole = torch.cuda.get_device_properties(0).total_memory
        torch.cuda.set_per_process_memory_fraction(min(1.0, task.memory_gib * GIB / whole))
    made = rows(task.rows, task.settings.max_seq_length, task.words)
    with tempfile.TemporaryDirectory() as out:
        try:
            training = MAKERS[task.contender](task, made, device, Path(out))
            began, busy = time.perf_counter(), time.process_time()
            found = training.train()
            if device.is_cuda:
                torch.cuda.synchronize()
            seconds, processor_s = time.perf_counter() - began, time.process_time() - busy
        except torch.OutOfMemoryError:
            return Taken(ran_out=True)
    return Taken(
        tokens=sum(len(row.input_ids) for row in made),
        seconds=seconds,
        processor_s=processor_s,
        peak_bytes=torch.cuda.max_memory_reserved() if device.is_cuda else 0,
        loss=found.training_loss,
    )


def ours(task: Task, made: list[Row], device: Device, out: Path) -> Any:
    """By Tunesmith: its loader, its adapter, its trainer."""
    model = adapter.attach(load_model(Path(task.folder), task.settings, device), task.settings)
    return trainer.build(
        folder=out,
        model=model,
        tokenizer=stage.tokenizer(),
        rows=Rows(train=made, validation=[]),
        settings=task.settings,
        device=device,
        progress=RunProgress(),
        callbacks=[],
    )


def plain(task: Task, made: list[Row], device: Device, out: Path) -> Any:
    """By trl's trainer and peft's LoRA as they are, given the same model, rows, adapter and rows a step."""
    settings = task.settings
    model = AutoModelForCausalLM.from_pretrained(
        task.folder,
        dtype=torch.float32 if settings.compute_dtype == "fp32" else torch.bfloat16,
        quantization_config=nf4() if settings.quantization == "nf4" else None,
        device_map={"": device.torch},
    )
    return SFTTrainer(
        model=model,
        args=defaults(settings, out, on_card=device.is_cuda),
        train_dataset=table(made),
        processing_class=stage.tokenizer(),
        peft_config=lora(settings),
    )


def unsloth(task: Task, made: list[Row], device: Device, out: Path) -> Any:
    """By Unsloth as its own notebooks do it; only where it is installed, on a card."""
    from unsloth import FastLanguageModel  # type: ignore[import-not-found]

    settings = task.settings
    model, _ = FastLanguageModel.from_pretrained(
        task.folder, max_seq_length=settings.max_seq_length, load_in_4bit=settings.quantization == "nf4"
    )
    tuned = FastLanguageModel.get_peft_model(
        model,
        r=settings.lora_rank,
        lora_alpha=settings.lora_alpha,
        lora_dropout=0,
        bias="none",
        use_gradient_checkpointing="unsloth",
    )
    return SFTTrainer(
        model=tuned,
        args=defaults(settings, out, on_card=True),
        train_dataset=table(made),
        processing_class=stage.tokenizer(),
    )


MAKERS: dict[str, Callable[[Task, list[Row], Device, Path], Any]] = {"ours": ours, "plain": plain, "unsloth": unsloth}


def defaults(settings: TrainingSettings, out: Path, *, on_card: bool) -> SFTConfig:
    """trl's defaults (eight rows at once, layers computed again in the backward pass), for one epoch at our length and
    precision."""
    return SFTConfig(
        output_dir=str(out),
        num_train_epochs=1,
        max_length=settings.max_seq_length,
        bf16=settings.compute_dtype == "bf16",
        use_cpu=not on_card,
        report_to="none",
        save_strategy="no",
        disable_tqdm=True,
    )


def lora(settings: TrainingSettings) -> LoraConfig:
    """peft's configuration of the adapter that we put on, all else as peft has it."""
    return LoraConfig(
        r=settings.lora_rank, lora_alpha=settings.lora_alpha, target_modules="all-linear", task_type="CAUSAL_LM"
    )


def nf4() -> BitsAndBytesConfig:
    """NF4 as the tutorials of trl and peft hold it, which is as we do."""
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )


def table(made: list[Row]) -> Dataset:
    """The rows as trl takes them, in tokens already."""
    return Dataset.from_dict({"input_ids": [r.input_ids for r in made], "labels": [r.labels for r in made]})


if __name__ == "__main__":
    taken = run(msgspec.json.decode(sys.argv[1], type=Task))
    sys.stdout.write(json.dumps(msgspec.structs.asdict(taken)) + "\n")
