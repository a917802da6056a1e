"""A worker that is killed ends, once it is started again, with the adapter of one that nobody touched. Killed twenty
times, anywhere: `python -m tests.benchmarks.kills`; between two steps: test_stopping."""

from __future__ import annotations

from pathlib import Path

from core.engine import checkpoints, integrity
from core.engine.train import work
from core.events import Started
from core.runs.run import CHECKPOINTS, Run
from tests.core.engine.conftest import PATIENCE_S, new_run, of_type, start_worker
from tests.core.engine.killing import outcome

DIES_IN_ITS_SECOND_CHECKPOINT = """
import os, sys
from core.engine import integrity
from core.engine.__main__ import main
whole = integrity.seal
def seal(place):
    if place.name.endswith("8"):
        os.kill(os.getpid(), 9)
    whole(place)
integrity.seal = seal
main(["train", sys.argv[1]])
"""


def test_killed_in_the_middle_of_a_checkpoint_it_ends_with_the_same_adapter(finished_run: Run, runs_root: Path) -> None:
    run = new_run(runs_root)
    start_worker(run, DIES_IN_ITS_SECOND_CHECKPOINT).wait(PATIENCE_S)
    left = list((run.path / CHECKPOINTS).glob(f"{checkpoints.PARTIAL}*"))
    assert [place.name for place in left] == [f"{checkpoints.PARTIAL}step-00000008"], run.last_words()
    (whole,) = run.checkpoints()
    assert whole.name == "step-00000004" and integrity.damage(whole) == ""

    assert work(run.path) == 0
    assert [event.resumed_from for event in of_type(run.events(), Started)] == [0, 4]
    assert outcome(run) == outcome(finished_run)
    assert not list((run.path / CHECKPOINTS).glob(f"{checkpoints.PARTIAL}*"))
