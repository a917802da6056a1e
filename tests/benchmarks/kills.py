"""A run whose worker is killed at twenty random moments, beside one that nobody touches: the same adapter, bit for bit.

    python -m tests.benchmarks.kills [KILLS] [SEED]

The moments are drawn from the seed: while the worker loads, within a step, and in the middle of a checkpoint. After
each kill the checkpoints that are there are compared with their checksums, and the run is taken up again. Trains the
starter on the sample data, on the processor. Writes tests/benchmarks/results/kills.json; 0 if all is the same.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import torch

from core.events import Started
from core.runs.run import Run
from tests.benchmarks.place import place
from tests.core.engine.conftest import PATIENCE_S, new_run, of_type, start_worker
from tests.core.engine.killing import Kill, Moment, killed_to_the_end, outcome

RESULT = Path(__file__).parent / "results" / "kills.json"
KILLS, SEED = 20, 20
SETTINGS = ("max_steps=120", "checkpoint_steps=2", "validation_steps=10", "lora_dropout=0.05")
MOMENTS: tuple[Moment, ...] = ("loading", "step", "step", "checkpoint", "checkpoint")


def main() -> int:
    """Train both, compare, write the result."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else KILLS
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else SEED
    chance = random.Random(seed)
    moments = [chance.choice(MOMENTS) for _ in range(count)]
    with tempfile.TemporaryDirectory() as home:
        os.environ["TUNESMITH_HOME"] = home
        began = time.monotonic()
        unbroken = new_run(Path(home) / "runs", *SETTINGS)
        assert start_worker(unbroken).wait(PATIENCE_S * 10) == 0, unbroken.last_words()
        killed = new_run(Path(home) / "runs", *SETTINGS)
        kills = killed_to_the_end(killed, moments, chance, _say)
        result = _result(unbroken, killed, kills, seed) | {"seconds": round(time.monotonic() - began, 1)}
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps({key: value for key, value in result.items() if key != "kills"}, indent=2) + "\n")
    return 0 if result["same_adapter"] and result["same_losses"] else 1


def _say(kill: Kill) -> None:
    sys.stderr.write(f"killed at {kill.moment}, step {kill.step}; half written: {kill.half_written or 'nothing'}\n")


def _result(unbroken: Run, killed: Run, kills: list[Kill], seed: int) -> dict[str, object]:
    (adapter, losses), (other_adapter, other_losses) = outcome(unbroken), outcome(killed)
    return {
        "kills": [kill._asdict() for kill in kills],
        "killed_while": Counter(kill.moment for kill in kills),
        "half_written_checkpoints": sum(bool(kill.half_written) for kill in kills),
        "resumed_from": [started.resumed_from for started in of_type(killed.events(), Started)],
        "steps": len(losses),
        "same_adapter": adapter == other_adapter,
        "same_losses": losses == other_losses,
        "adapter_sha256": hashlib.sha256(adapter).hexdigest(),
        "seed": seed,
        "settings": list(SETTINGS),
        **place(),
        "torch": torch.__version__,
    }


if __name__ == "__main__":
    sys.exit(main())
