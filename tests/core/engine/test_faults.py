"""A worker that is killed again and again ends with the adapter of one that nobody touched. The long version, with
twenty kills: `python -m tests.benchmarks.kills`."""

from __future__ import annotations

import random
from pathlib import Path

from core.engine import checkpoints
from core.runs.run import CHECKPOINTS, Run
from tests.core.engine.conftest import new_run
from tests.core.engine.killing import killed_to_the_end, outcome


def test_killed_at_a_step_and_in_the_middle_of_a_checkpoint_it_ends_with_the_same_adapter(
    finished_run: Run, runs_root: Path
) -> None:
    run = new_run(runs_root)
    kills = killed_to_the_end(run, ["step", "checkpoint"], random.Random(3))
    assert kills[-1].half_written
    assert outcome(run) == outcome(finished_run)
    assert not list((run.path / CHECKPOINTS).glob(f"{checkpoints.PARTIAL}*"))
