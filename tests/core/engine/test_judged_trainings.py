"""The verdict on real trainings whose right answer is known. One that over-fits is in `test_early_stopping`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from core.engine.train import work
from core.events import Checkpoint, Finished, Judged, Validation
from core.runs.run import Run
from tests.core.engine.conftest import new_run, of_type

Writer = Callable[[list[list[tuple[str, str]]]], Path]
SHORT = (
    "max_steps=18",
    "validation_steps=3",
    "validation_share=0.1",
    "validation_rows=8",
    "lr_scheduler=constant",
    "max_seq_length=48",
)


def trained(runs_root: Path, *settings: str, data: Path | None = None) -> tuple[Run, Judged]:
    run = new_run(runs_root, *SHORT, *settings, data=data)
    assert work(run.path) == 0
    (found,) = of_type(run.events(), Judged)
    assert isinstance(found, Judged)
    return run, found


def test_many_different_rows_at_a_low_rate_are_still_being_learnt(runs_root: Path) -> None:
    run, found = trained(runs_root, "learning_rate=0.0004", "checkpoint_steps=100")
    assert found.verdict == "still_learning", found
    assert found.changes == {"learning_rate": 0.0008}
    every_third = list(range(3, 19, 3))
    assert [event.step for event in of_type(run.events(), Validation)] == every_third
    assert [event.step for event in of_type(run.events(), Checkpoint)] == every_third  # each was the best so far
    last = run.events()[-1]
    assert isinstance(last, Finished) and (last.adapter_step, last.stopped_early) == (18, False)


def test_one_answer_to_everything_is_soon_all_there_is_to_learn(runs_root: Path, chat_rows: Writer) -> None:
    rows = [[("user", f"Number {number}?"), ("assistant", "Aye, matey.")] for number in range(60)]
    _, found = trained(runs_root, "learning_rate=0.008", "max_steps=30", data=chat_rows(rows))
    assert found.verdict == "done", found
    assert set(found.changes) == {"lora_rank", "lora_alpha"}
