"""The verdict on real trainings whose right answer is known. One that over-fits is in `test_early_stopping`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from core.engine.train import work
from core.events import Judged
from tests.core.engine.conftest import new_run, of_type

Writer = Callable[[list[list[tuple[str, str]]]], Path]
SHORT = ("max_steps=24", "validation_steps=3", "validation_share=0.1", "lr_scheduler=constant", "max_seq_length=64")


def judged(runs_root: Path, *settings: str, data: Path | None = None) -> Judged:
    run = new_run(runs_root, *SHORT, *settings, data=data)
    assert work(run.path) == 0
    (found,) = of_type(run.events(), Judged)
    assert isinstance(found, Judged)
    return found


def test_many_different_rows_at_a_low_rate_are_still_being_learnt(runs_root: Path) -> None:
    found = judged(runs_root, "learning_rate=0.0003")
    assert found.verdict == "still_learning", found
    assert found.changes == {"learning_rate": 0.0006}


def test_one_answer_to_everything_is_soon_all_there_is_to_learn(runs_root: Path, chat_rows: Writer) -> None:
    rows = [[("user", f"Number {number}?"), ("assistant", "Aye, matey.")] for number in range(60)]
    found = judged(runs_root, "learning_rate=0.005", data=chat_rows(rows))
    assert found.verdict == "done", found
    assert set(found.changes) == {"lora_rank", "lora_alpha"}
