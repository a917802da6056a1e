"""Tunesmith against plain trl and peft with their defaults: useful tokens a second, and memory at the peak, as ratios.

    python -m tests.benchmarks.train_speed [--cpu] [--paper] [--gpu]

The same model with random weights, the same rows (log-normal lengths, one at the limit), the same adapter on the same
layers, the same precision and the same eight rows a step. Tunesmith trains as it recommends for the place, which is a
card with 0.7 of the memory that plain trl takes, or this processor; the others train as they come. Without a word
everything that this machine can do.

- `--cpu`: an epoch each, in processes of their own, by turns; the best of the repeats. In 32 bits. On a busy machine
  the ratio of the processor's time says more than that of the clock.
- `--paper`: the memory of a 24 GiB card, by rehearsal of both trainers; trl's also with as few rows at once as ours.
- `--gpu`: the real thing on a card of which 24 GiB may be used, with Unsloth where it is installed.

Writes results/train_speed.json, case by case; a part that was not run stays as it was.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import logging
import os
import platform
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import torch

from core.engine.measuring.few import Few, write_model
from core.fit.cards import context_bytes, known_card
from core.fit.machine import plan_for, plan_for_card
from core.fit.recommend import recommend
from core.fit.rehearsal import RehearsedCard
from core.fit.rows import Rows, at_longest
from core.fit.values import DataLengths, FitMachine
from core.fit.versions import versions
from core.hardware.probe import probe
from core.models.catalogue import named, spec_of
from core.models.location import starter_path
from core.models.reading import read_folder
from core.models.spec import ModelSpec
from core.settings import TrainingSettings
from tests.benchmarks.speed import made_rows
from tests.benchmarks.speed.contenders import Taken, Task
from tests.benchmarks.speed.on_paper import our_peak_bytes, plain_peak_bytes

RESULT = Path(__file__).parent / "results" / "train_speed.json"
ROWS_A_STEP = 8  # trl's default
CARD, CARD_GIB = "RTX 3090", 24.0
REHEARSED = RehearsedCard(compute_capability=(8, 6))
GIB = 2**30
LIMITS = (2048, 8192)
BIG = ("llama-3.2-1b-instruct", "llama-3.1-8b-instruct")
GPU_ROWS, CPU_LIMIT, REPEATS = 64, 384, 3
FASTER, LEANER = 1.5, 0.7
Cases = Iterator[tuple[str, dict[str, Any]]]
HUNDRED_MILLION = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "dtype": "float32",
    "num_hidden_layers": 14,
    "hidden_size": 768,
    "intermediate_size": 2048,
    "num_attention_heads": 12,
    "num_key_value_heads": 4,
    "vocab_size": 16384,
    "max_position_embeddings": 2048,
    "tie_word_embeddings": True,
}


def our_settings(spec: ModelSpec, machine: FitMachine, limit: int, rows: int, quantization: str) -> TrainingSettings:
    """What Tunesmith recommends for these rows in this place, but for what both sides must have alike."""
    lengths = DataLengths(lengths=made_rows.lengths(rows, limit))
    found = recommend(spec, machine, lengths).plans[0].settings
    micro = min(found.per_device_batch_size, ROWS_A_STEP)
    return found.changed(
        quantization=quantization,
        max_seq_length=limit,
        lora_rank=16,
        lora_alpha=32,
        lora_targets="all-linear",
        per_device_batch_size=micro,
        gradient_accumulation_steps=ROWS_A_STEP // micro,
        epochs=1.0,
        validation_share=0.0,
    )


def on_the_processor() -> Cases:
    """Both on the starter and on a model of 100 million parameters, in 32 bits."""
    with model_folder(HUNDRED_MILLION) as hundred:
        for name, folder, rows, words, repeats in (
            ("starter", starter_path(), 96, 2048, REPEATS),
            ("100M", hundred, 16, 16384, 2),
        ):
            settings = our_settings(read_folder(folder), plan_for(probe()), CPU_LIMIT, rows, "none")
            task = Task(contender="ours", folder=str(folder), words=words, rows=rows, settings=settings)
            yield name, compared(task, ("ours", "plain"), repeats)


def on_paper() -> Cases:
    """The memory of both on a card of 24 GiB, which need not be here."""
    for name in BIG:
        for limit in LIMITS:
            plain = plain_peak_bytes(config_of(name), plain_settings(limit), REHEARSED)
            settings = lean_settings(name, limit, plain)
            alike = settings.changed(packing=False, padding_free=False, group_by_length=False)
            longest = at_longest(settings, Rows(made_rows.lengths(GPU_ROWS, limit)))
            ours = our_peak_bytes(config_of(name), longest, REHEARSED)
            few = plain_peak_bytes(config_of(name), alike, REHEARSED)
            yield (
                f"{name} {limit}",
                {
                    "settings": told(settings),
                    "ours_bytes": ours,
                    "plain_bytes": plain,
                    "plain_with_our_rows_at_once_bytes": few,
                    "memory_ratio": round(ours / plain, 3),
                    "memory_ratio_with_our_rows_at_once": round(ours / few, 3),
                },
            )


def plain_settings(limit: int) -> TrainingSettings:
    """What of plain trl's defaults decides its memory: eight rows at once, padded; the adapter is ours."""
    return TrainingSettings(
        max_seq_length=limit, per_device_batch_size=ROWS_A_STEP, gradient_accumulation_steps=1, lora_rank=16
    )


def lean_settings(name: str, limit: int, plain_bytes: int) -> TrainingSettings:
    """What Tunesmith recommends for a card on which no more is free than the aim leaves of plain trl's peak."""
    card = known_card(CARD)
    room = LEANER * plain_bytes + context_bytes(card.compute_capability)
    machine = plan_for_card(card, min(CARD_GIB, room / GIB))
    return our_settings(spec_of(name), machine, limit, GPU_ROWS, "nf4")


def config_of(name: str) -> dict[str, Any]:
    """The config of a model that is known offline."""
    entry = named(name)
    assert entry is not None
    return entry.config


def on_a_card() -> Cases:
    """The real thing in NF4; what runs out of memory has no speed."""
    contenders = ("ours", "plain", *(["unsloth"] if importlib.util.find_spec("unsloth") else []))
    for name in BIG:
        with model_folder(config_of(name)) as folder:
            for limit in LIMITS:
                plain = plain_peak_bytes(config_of(name), plain_settings(limit), REHEARSED)
                settings = lean_settings(name, limit, plain)
                words = int(config_of(name)["vocab_size"])
                task = Task(
                    contender="ours",
                    folder=str(folder),
                    words=words,
                    rows=GPU_ROWS,
                    settings=settings,
                    memory_gib=CARD_GIB,
                )
                found = compared(task, contenders, 2)
                yield f"{name} {limit}", found | {"card": torch.cuda.get_device_name(0)}


def compared(task: Task, contenders: tuple[str, ...], repeats: int) -> dict[str, Any]:
    """Each of `contenders` by turns; its best, and ours over it."""
    best: dict[str, Taken] = {}
    for _ in range(repeats):
        for contender in contenders:
            taken = in_a_process(msgspec.structs.replace(task, contender=contender))
            if contender not in best or taken.seconds < best[contender].seconds:
                best[contender] = taken
    ours = best["ours"]
    found: dict[str, Any] = {"settings": told(task.settings), "repeats": repeats}
    for contender, taken in best.items():
        speed = taken.tokens / taken.seconds if taken.seconds else 0.0
        found[contender] = msgspec.structs.asdict(taken) | {"tokens_per_second": round(speed, 1)}
        if contender != "ours" and taken.seconds and ours.seconds:
            found[f"speed_ratio_to_{contender}"] = round(taken.seconds / ours.seconds, 2)
            found[f"processor_time_ratio_to_{contender}"] = round(taken.processor_s / ours.processor_s, 2)
        if contender != "ours" and taken.peak_bytes:
            found[f"memory_ratio_to_{contender}"] = round(ours.peak_bytes / taken.peak_bytes, 3)
    return found


def in_a_process(task: Task) -> Taken:
    """`task` in a process of its own, which nothing before has warmed or filled."""
    said = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.speed.contenders", msgspec.json.encode(task).decode()],
        stdout=subprocess.PIPE,
        check=True,
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
    ).stdout.decode()
    return msgspec.json.decode(said.strip().splitlines()[-1], type=Taken)


@contextmanager
def model_folder(config: dict[str, Any]) -> Iterator[Path]:
    """A folder with a model of `config` and random weights."""
    with tempfile.TemporaryDirectory() as root:
        write_model(Few(config, [], []), Path(root) / "model")
        yield Path(root) / "model"


def told(settings: TrainingSettings) -> dict[str, Any]:
    """What differs from the defaults."""
    default = msgspec.structs.asdict(TrainingSettings())
    return {name: value for name, value in msgspec.structs.asdict(settings).items() if value != default[name]}


def say(name: str, found: dict[str, Any]) -> None:
    """The ratios, on one line."""
    ratios = {key: value for key, value in found.items() if "ratio" in key}
    sys.stdout.write(f"{name}: {json.dumps(ratios)}\n")
    sys.stdout.flush()


def kept(result: dict[str, Any]) -> bool:
    """Whether the aims are: nowhere slower; 1.5 times as fast and at most 0.7 of the memory."""
    cases = [case for part in ("cpu", "paper", "gpu") for case in result.get(part, {}).values()]
    speeds = [case["speed_ratio_to_plain"] for case in cases if "speed_ratio_to_plain" in case]
    memory = [
        value for case in cases for key, value in case.items() if key in ("memory_ratio", "memory_ratio_to_plain")
    ]
    return min(speeds, default=FASTER) >= FASTER and max(memory, default=0.0) <= LEANER


def main() -> int:
    """Run the parts that are asked for, write, say; 1 where an aim is missed."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    parts = {"cpu": on_the_processor, "paper": on_paper, "gpu": on_a_card}
    parser = argparse.ArgumentParser()
    for part in parts:
        parser.add_argument(f"--{part}", action="store_true")
    asked = vars(parser.parse_args())
    wanted = [part for part in parts if asked[part]] or [
        "cpu",
        "paper",
        *(["gpu"] if torch.cuda.is_available() else []),
    ]
    result = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.is_file() else {}
    for part in wanted:
        for name, case in parts[part]():
            say(name, case)
            result.setdefault(part, {})[name] = case | {"load_average": round(os.getloadavg()[0], 1)}
            result["machine"] = {"platform": platform.platform(), "cores": os.cpu_count(), "versions": versions()}
            RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 0 if kept(result) else 1


if __name__ == "__main__":
    sys.exit(main())
