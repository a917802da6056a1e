"""All three depths beside what a card really takes: real steps of whole models with random weights.

    python -m tests.benchmarks.fit_accuracy --gpu [--dry-run]

PyTorch may have 24 GiB of the card, whatever its size. Each model is written as a file of random weights
(`core.engine.measuring.few`), loaded by the engine's own loader, which quantises layer by layer, so that the model
never stands in 16 bits, and trained by its own trainer. The card's figure is what the allocator reserves at most,
and the context as NVML tells it. Each part has a process of its own. Writes results/fit_on_card.json with the card's
name; a dry run, on the processor with the smallest model, writes nothing but to the screen.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from core.fit.cards import context_bytes
from core.fit.estimate import estimate
from core.fit.values import FitMachine
from core.fit.versions import versions
from core.models import catalogue
from core.models.reading import starter_spec
from core.models.spec import ModelSpec
from core.settings import TrainingSettings
from core.worker.command import engine_environment

GIB = 2**30
LIMIT_BYTES = 24 * GIB
RESULT = Path(__file__).parents[1] / "results" / "fit_on_card.json"
LIMIT_S = 1800
TINY: dict[str, Any] = {
    "quantization": "none",
    "compute_dtype": "fp32",
    "max_seq_length": 64,
    "gradient_accumulation_steps": 2,
}
CASES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("llama-3.2-1b-instruct", {"quantization": "none", "max_seq_length": 4096}),
    ("llama-3.2-3b-instruct", {"gradient_checkpointing": False, "max_seq_length": 1024}),
    ("qwen2.5-3b-instruct", {"quantization": "int8"}),
    ("gemma-3-4b-it", {"per_device_batch_size": 2}),
    ("qwen3-8b", {"loss": "full"}),
    ("llama-3.1-8b-instruct", {}),
    ("llama-3.1-8b-instruct", {"max_seq_length": 8192, "adapter_dtype": "bf16", "optimizer": "adamw_8bit"}),
    ("olmoe-1b-7b-0924-instruct", {"max_seq_length": 1024}),
)
SMALLEST: tuple[tuple[str, dict[str, Any]], ...] = (("starter", TINY),)  # the model that Tunesmith brings


def main(*, dry_run: bool) -> None:
    """Compare every case and write the result.

    Raises:
        SystemExit: there is no card, and this is no dry run.
    """
    rows = []
    card: dict[str, Any] = {}
    for number, (model, changes) in enumerate(SMALLEST if dry_run else CASES):
        parts = {part: _in_process(part, number, dry_run) for part in ("real", "rehearsed", "measured")}
        card = parts["real"].get("card", card)
        if not dry_run and not card.get("capability"):
            sys.exit(f"There is no card to compare with. {parts['real']}")
        instant = _instant(model, TrainingSettings().changed(**changes), card)
        rows.append({"model": model, "settings": changes, "instant": instant, **parts})
        sys.stdout.write(json.dumps(rows[-1]) + "\n")
    found = {"card": card, "limit_bytes": LIMIT_BYTES, "versions": versions(), "rows": rows}
    if not dry_run:
        RESULT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _in_process(part: str, number: int, dry_run: bool) -> dict[str, Any]:
    """Run one part in a new process; its last line, or how it failed."""
    command = [sys.executable, "-m", "tests.benchmarks.fit.on_card", part, str(number), str(int(dry_run))]
    run = subprocess.run(command, env=engine_environment(), capture_output=True, text=True, timeout=LIMIT_S)
    if run.returncode:
        return {"failed": run.stderr.strip().splitlines()[-1] if run.stderr.strip() else f"exit {run.returncode}"}
    found: dict[str, Any] = json.loads(run.stdout.strip().splitlines()[-1])
    return found


def _instant(model: str, settings: TrainingSettings, card: dict[str, Any]) -> dict[str, Any]:
    capability = card.get("capability")
    machine = FitMachine(
        gpu=card.get("name", "") if capability else "",
        memory_total_bytes=LIMIT_BYTES,
        memory_usable_bytes=LIMIT_BYTES,
        held_bytes=0,
        simulated=True,
        is_gpu=bool(capability),
        compute_capability=tuple(capability) if capability else None,
    )
    found = estimate(_spec(model), settings, machine)
    return {"total_bytes": found.total_bytes, "terms": found.terms}


def _spec(model: str) -> ModelSpec:
    return starter_spec() if model == "starter" else catalogue.spec_of(model)


def part(name: str, model: str, settings: TrainingSettings) -> dict[str, Any]:
    """One part's figures: `real`, `rehearsed` or `measured`."""
    import torch

    from core.engine.device import choose

    device = choose("auto")
    capability = torch.cuda.get_device_capability(device.torch) if device.is_cuda else None
    if device.is_cuda:
        total = torch.cuda.get_device_properties(device.torch).total_memory
        torch.cuda.set_per_process_memory_fraction(min(1.0, LIMIT_BYTES / total), device.torch)
    config = dict(_spec(model).config)
    parts = {"real": _real, "rehearsed": _rehearsed, "measured": _measured}
    return parts[name](config, settings, device, capability)


def _real(config: dict[str, Any], settings: TrainingSettings, device: Any, capability: Any) -> dict[str, Any]:
    """Steps of the whole model: what the allocator reserved at most, and the context."""
    from core.engine.measuring.few import Few, write_model
    from core.engine.measuring.steps import load, train
    from core.engine.memory import MemoryMeter

    meter = MemoryMeter(device)
    with tempfile.TemporaryDirectory() as folder:
        write_model(Few(config, [1], [1]), Path(folder) / "model")
        model = load(Path(folder) / "model", settings, device)
        train(model, settings, device, Path(folder) / "run")
    peak = meter.peak_bytes()
    return {
        "card": {"name": device.name, "capability": capability},
        "total_bytes": peak,
        "context_bytes": meter.context_bytes,
        "reserved_peak_bytes": peak - meter.context_bytes,
    }


def _rehearsed(config: dict[str, Any], settings: TrainingSettings, device: Any, capability: Any) -> dict[str, Any]:
    from core.engine.rehearsal.rehearse import rehearse
    from core.fit.rehearsal import RehearsedCard

    card = RehearsedCard(compute_capability=capability) if capability else None
    found = rehearse(config, settings, card)
    total = found.reserved_peak_bytes + context_bytes(capability) if card else found.allocated_peak_bytes
    return {"total_bytes": total, "allocated_peak_bytes": found.allocated_peak_bytes, "terms": found.terms}


def _measured(config: dict[str, Any], settings: TrainingSettings, device: Any, capability: Any) -> dict[str, Any]:
    from core.engine.measuring.measure import run
    from core.events import Event, Measured
    from core.requests import MeasureRequest

    said: list[Event] = []
    run(MeasureRequest(config=config, settings=settings, device=device.label), said.append)
    found = next(event.measurement for event in said if isinstance(event, Measured))
    return {"total_bytes": found.peak_bytes, "context_bytes": found.context_bytes, "layers_built": found.layers_built}


def _child(name: str, number: str, dry_run: str) -> None:
    model, changes = (SMALLEST if int(dry_run) else CASES)[int(number)]
    found = part(name, model, TrainingSettings().changed(**changes))
    sys.stdout.write("\n" + msgspec.json.encode(found).decode() + os.linesep)


if __name__ == "__main__":
    _child(*sys.argv[1:])
