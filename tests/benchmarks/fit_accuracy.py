"""The instant figure beside the rehearsed one, over the catalogue.

    python -m tests.benchmarks.fit_accuracy [--most N] [--cache FOLDER] [--kept] [--renew] [--table]
    python -m tests.benchmarks.fit_accuracy --gpu [--dry-run]

Over 200 settings, drawn with a fixed seed: every model of the catalogue below 110B, 512 to 32,768 tokens, batches of 1
to 8, ranks 8 to 128, every quantisation, both losses, with and without checkpointing. Compared is the total that
nvidia-smi would show: what the allocator reserves at its peak, and the context. References are kept in FOLDER, by
model, settings and library versions; `--kept` compares with those that are there and rehearses nothing, `--renew`
rehearses all again. Writes results/fit_accuracy.json and fit_accuracy.png beside this file; `--table` also writes a
small table to tests/data/fit/, which the tests hold the formulas to.

`--gpu` needs a card (24 GiB of it are used): real steps of a few models with random weights, beside all depths; see
`fit/on_card.py`. `--dry-run` takes the same path on the processor, with the smallest model.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import platformdirs

from core.fit.cards import context_bytes
from core.fit.estimate import estimate
from core.fit.values import FitMachine
from core.fit.versions import versions
from core.models import catalogue
from tests.benchmarks.fit.drawn import Case, cases
from tests.benchmarks.fit.picture import draw
from tests.benchmarks.fit.references import CAPABILITY, Reference, code_digest, kept, reference

GIB = 2**30
RESULTS = Path(__file__).parent / "results"
TABLE = Path(__file__).parents[1] / "data" / "fit" / "rehearsed.json"
TABLE_ROWS, DORA_STEP = 40, 4
CARD = FitMachine(
    gpu="a card of capability 8.6",
    memory_total_bytes=24 * GIB,
    memory_usable_bytes=24 * GIB,
    held_bytes=0,
    simulated=True,
    is_gpu=True,
    compute_capability=CAPABILITY,
)
BOUNDS = {"median_error": 0.02, "worst_error": 0.06, "most_below": -0.02}


def row_of(case: Case, found: Reference) -> dict[str, Any]:
    """One setting's numbers."""
    instant = estimate(catalogue.spec_of(case.model), case.settings, CARD)
    total = found.reserved_peak_bytes + context_bytes(CAPABILITY)
    return {
        "model": case.model,
        "settings": msgspec.to_builtins(case.settings),
        "rehearsed_total_bytes": total,
        "instant_total_bytes": instant.total_bytes,
        "error": round(instant.total_bytes / total - 1, 5),
        "rehearsed_terms": found.terms | {"allocator": found.reserved_peak_bytes - found.allocated_peak_bytes},
        "instant_terms": instant.terms,
        "peak_at": found.peak_at,
        "layers_built": found.layers_built,
        "rehearsal_s": round(found.seconds, 2),
        "present_code": found.code == code_digest(),
    }


def summary_of(rows: Sequence[dict[str, Any]], failed: Sequence[Reference]) -> dict[str, Any]:
    """The three figures, where they are not met, and the time of one estimate."""
    errors = [row["error"] for row in rows]
    outside = [row for row in rows if abs(row["error"]) > BOUNDS["worst_error"] or row["error"] < BOUNDS["most_below"]]
    return {
        "compared": len(rows),
        "models": len({row["model"] for row in rows}),
        "median_error": statistics.median(map(abs, errors)),
        "worst_error": max(map(abs, errors)),
        "most_below": min(errors),
        "bounds": BOUNDS,
        "outside_the_bounds": [
            {"model": row["model"], "error": row["error"], "settings": _told(row["settings"])}
            for row in sorted(outside, key=lambda row: -abs(row["error"]))
        ],
        "not_rehearsed": sorted({f"{one.model}: {one.failed}" for one in failed}),
        "references_of_present_code": sum(row["present_code"] for row in rows),
        "microseconds_an_estimate": _microseconds(rows),
        "versions": versions(),
    }


def _told(settings: dict[str, Any]) -> str:
    names = ("quantization", "max_seq_length", "per_device_batch_size", "lora_rank", "loss", "adapter_dtype")
    flags = [
        name
        for name in ("gradient_checkpointing", "packing", "padding_free", "double_quantization", "use_dora")
        if settings[name]
    ]
    return ", ".join([*(str(settings[name]) for name in names), settings["lora_targets"], *flags])


def _microseconds(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """The median and the slowest of one estimate of each model, the best of five."""
    took = []
    for case in cases()[: len(rows)]:
        spec, best = catalogue.spec_of(case.model), float("inf")
        for _ in range(5):
            began = time.perf_counter()
            estimate(spec, case.settings, CARD)
            best = min(best, time.perf_counter() - began)
        took.append(best * 1e6)
    return {"median": round(statistics.median(took), 1), "slowest": round(max(took), 1)}


def compare(options: argparse.Namespace) -> dict[str, Any]:
    """Every case's numbers and the summary."""
    rows, failed = [], []
    for case in cases()[: options.most]:
        found = kept(case, options.cache) if options.kept else reference(case, options.cache, renew=options.renew)
        if found is None:
            continue
        if found.failed:
            failed.append(found)
            sys.stdout.write(f"{case.model}: {found.failed}\n")
            continue
        rows.append(row_of(case, found))
        sys.stdout.write(f"{100 * rows[-1]['error']:7.2f} %  {case.model}\n")
        sys.stdout.flush()
    return {"summary": summary_of(rows, failed), "settings": rows}


def write_table(rows: Sequence[dict[str, Any]]) -> None:
    """Rows for the tests, from all over the list, of those that the formulas meet: what they meet once they are to meet
    always. What they would miss stands in the result, under `outside_the_bounds`."""
    met = [row for row in rows if BOUNDS["most_below"] <= row["error"] <= BOUNDS["worst_error"]]
    step, with_dora = max(1, len(met) // TABLE_ROWS), [row for row in met if row["settings"]["use_dora"]]
    found = [*met[::step][:TABLE_ROWS], *with_dora[::DORA_STEP]]
    chosen = [{name: row[name] for name in ("model", "settings", "rehearsed_total_bytes")} for row in found]
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    TABLE.write_text("[\n" + ",\n".join(json.dumps(row) for row in chosen) + "\n]\n", encoding="utf-8")


def main() -> None:
    """Compare, write, and say what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=None)
    parser.add_argument("--cache", type=Path, default=platformdirs.user_cache_path("tunesmith-benchmarks") / "fit")
    for flag in ("--kept", "--renew", "--table", "--gpu", "--dry-run"):
        parser.add_argument(flag, action="store_true")
    options = parser.parse_args()
    if options.gpu:
        from tests.benchmarks.fit import on_card

        on_card.main(dry_run=options.dry_run)
        return
    result = compare(options)
    (RESULTS / "fit_accuracy.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    draw(result["settings"], result["summary"], RESULTS / "fit_accuracy.png")
    if options.table:
        write_table(result["settings"])
    sys.stdout.write(json.dumps(result["summary"], indent=1) + "\n")


if __name__ == "__main__":
    main()
