"""Rehearsed steps beside real ones, to the byte, on the processor.

    python -m tests.benchmarks.rehearsal_accuracy [WORD …]

Small models of every architecture in `rehearsal/small_models.py` are made with random weights, loaded by the engine's
own loader, and trained for two steps by its trainer while every storage is tracked. The rehearsal is asked for the same
(`card=None`: the processor). The allocated peak and each of its terms must be equal, and a rehearsal of all layers must
give the same as one of few. Where something differs, `why` names the blocks. Writes results/rehearsal_accuracy.json;
words choose the models whose names hold one of them, and then nothing is written.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
import warnings
from pathlib import Path
from typing import Any

from core.fit.versions import versions
from core.settings import TrainingSettings
from tests.benchmarks.rehearsal.compare import Case, compare
from tests.benchmarks.rehearsal.small_models import OWN

RESULT = Path(__file__).parent / "results" / "rehearsal_accuracy.json"
TOKENS = 64
METHODS = ("nf4", "none", "int8")


def cases() -> list[Case]:
    """Every model once, the settings spread over them, and one model under every method, loss and way to keep
    activations."""
    spread = [Case(model, _settings(number)) for number, model in enumerate(OWN)]
    crossed = [
        Case("llama", _plain(quantization=method, gradient_checkpointing=again, loss=loss, optimizer=optimizer))
        for method, optimizer in zip(METHODS, ("adamw_8bit", "adamw", "adamw_8bit"), strict=True)
        for again in (True, False)
        for loss in ("fused", "full")
    ]
    return spread + crossed


def _settings(number: int) -> TrainingSettings:
    return _plain(
        quantization=METHODS[number % 3],
        gradient_checkpointing=number % 2 == 0,
        loss=("fused", "full")[number // 2 % 2],
        optimizer=("adamw", "adamw_8bit")[number // 3 % 2],
        per_device_batch_size=1 + number // 4 % 2,
        gradient_accumulation_steps=3 if number % 8 == 5 else 1,
    )


def _plain(**changes: Any) -> TrainingSettings:
    start = {"max_seq_length": TOKENS, "gradient_accumulation_steps": 1, "per_device_batch_size": 1}
    return TrainingSettings().changed(**{**start, **changes})


def main(words: list[str]) -> int:
    """Compare, write, say; 1 if anything differs without a reason."""
    warnings.simplefilter("ignore")
    for name in ("transformers", "bitsandbytes"):
        logging.getLogger(name).setLevel(logging.ERROR)
    began = time.perf_counter()
    found = []
    for case in cases():
        if words and not any(word in case.model for word in words):
            continue
        one = compare(case)
        found.append(one)
        mark = "equal" if one["equal"] else f"{one['rehearsed_bytes'] - one['tracked_bytes']:+,} B"
        sys.stdout.write(
            f"{mark:>12} {'' if one['whole_equal'] else 'NOT AS WHOLE '}{one['tracked_bytes']:>12,} B  "
            f"{one['layers_built']}/{one['layers']}  {one['model']}  {one['settings']}\n"
        )
        sys.stdout.writelines(f"             {line}\n" for line in one["why"])
        sys.stdout.flush()
    result = {
        "cases": len(found),
        "equal": sum(one["equal"] for one in found),
        "whole_equal": sum(one["whole_equal"] for one in found),
        "seconds": round(time.perf_counter() - began),
        "cores": os.cpu_count(),
        "versions": versions(),
        "found": found,
    }
    sys.stdout.write(json.dumps({name: value for name, value in result.items() if name != "found"}, indent=2) + "\n")
    if not words:
        RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0 if result["equal"] == result["whole_equal"] == result["cases"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
