from __future__ import annotations

import math
import shutil

import pytest

from core import paths
from core.files import write_bytes
from core.sweeps.reading import CandidateLog, course_of
from core.sweeps.standing import Standing, standing
from core.sweeps.store import SweepState, SweepStatus
from core.sweeps.words import change_words, course_words, value_word, won_words
from tests.core.sweeps.logs import STARTED_S, logs_of, said, write_log
from tests.core.sweeps.test_halving import sweep_of

RUNGS = [0.5, 1.0]


def read(run: str) -> CandidateLog:
    log = CandidateLog(paths.runs_dir() / run)
    log.poll()
    return log


def stands(state: SweepState = "running") -> Standing:
    sweep = sweep_of(3)
    return standing(sweep, logs_of(sweep), SweepStatus(state=state))


def test_a_rung_counts_once_it_is_validated_and_safe() -> None:
    write_log("r", said({2: 0.9}, steps=5, total=10, end=None))
    log = read("r")
    assert log.course(RUNGS).losses == ()
    assert (log.course(RUNGS).step, log.course(RUNGS).steps_total) == (5, 10)
    write_log("r", said({2: 0.9, 5: 1.1}, steps=5, total=10, end="stopped"))
    log.poll()
    assert log.course(RUNGS).losses == (0.9,), "The best so far, which is what would be kept."
    assert log.course(RUNGS).startup_s == STARTED_S
    assert log.course(RUNGS).seconds == 2 * STARTED_S + 5
    assert log.course(RUNGS).step_s == 1.0
    assert log.peak_memory_bytes == 5 << 20


def test_a_run_that_ended_by_itself_has_reached_every_rung() -> None:
    write_log("r", said({2: 0.9, 3: 0.8}, steps=4, total=10, end="finished"))
    assert read("r").course(RUNGS).losses == (0.8, 0.8)


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_is_no_number_is_none(loss: float) -> None:
    curves = read("r").curves
    curves.add(said({5: loss}, steps=5, total=10, end="stopped"))
    assert course_of(said({5: loss}, steps=5, total=10, end="stopped"), curves, RUNGS).losses == ()


def test_a_run_that_is_made_anew_under_its_name_is_read_from_its_start() -> None:
    folder = paths.runs_dir() / "r"
    write_log("r", said({5: 0.9}, steps=5, total=10, end="stopped"))
    write_bytes(folder / "job.json", b"{}")
    log = read("r")
    assert log.course(RUNGS).losses == (0.9,)
    shutil.rmtree(folder)
    write_log("r", said({2: 0.7}, steps=2, total=4, end="stopped"))
    write_bytes(folder / "job.json", b"{}")
    log.poll()
    assert log.course(RUNGS).losses == (0.7,) and log.course(RUNGS).steps_total == 4


def test_what_cannot_go_on_says_why() -> None:
    write_log("error", said({}, steps=1, total=10, end="failed"))
    assert read("error").course(RUNGS).failed == "The memory ran out."
    write_log("rows", said({}, steps=1, total=10, end=None, rows=0))
    assert "too few rows" in read("rows").course(RUNGS).failed
    for _ in range(4):
        write_log("dies", said({}, steps=1, total=10, end=None))
    assert "died 3 times" in read("dies").course(RUNGS).failed
    write_log("lives", said({1: 0.5}, steps=1, total=10, end=None) * 4)
    assert read("lives").course(RUNGS).failed == ""


def test_the_table_of_a_sweep_on_its_way() -> None:
    write_log("s-1", said({5: 0.9}, steps=5, total=10, end="stopped"))
    write_log("s-2", said({}, steps=3, total=10, end=None))
    first, second, third = stands().rows
    assert (first.place, first.losses, first.words) == ("in", [0.9], "rank 4")
    assert (second.place, second.note) == ("training", "step 3 of 10")
    assert (third.place, third.note) == ("waiting", "waits for its turn")
    assert stands("stopped").rows[1].place == "in"
    assert stands().words == "" and stands().twin is None


def test_the_table_of_a_sweep_that_is_over() -> None:
    write_log("s-1", said({5: 0.9}, steps=5, total=10, end="stopped"))
    write_log("s-2", said({5: 0.8, 10: 0.5}, steps=10, total=10, end="finished"))
    write_log("s-3", said({5: 0.7, 10: 0.6}, steps=10, total=10, end="finished"))
    write_log("s-seed", said({5: 0.7, 10: 0.54}, steps=10, total=10, end="finished"))
    table = stands("finished")
    assert [row.place for row in table.rows] == ["dropped", "won", "second"]
    assert table.rows[0].note == "dropped at 1/2" and table.rows[0].dropped_at == 0
    assert table.twin is not None and table.twin.losses[-1] == 0.54
    assert table.lead == pytest.approx(0.1) and table.noise == pytest.approx(0.04)
    assert table.words == (
        "Rank 8 won: validation loss 0.500, 0.100 below the next (rank 12). The same settings with another seed ended "
        "0.040 apart: the lead is 2.5 times the seeds' noise."
    )
    assert table.share == 1.0


def test_a_lead_within_the_noise_chooses_nothing_but_the_cheaper() -> None:
    words = won_words("rank 8", 0.5, 0.01, 0.02, runner_up="rank 4", cheaper="rank 4")
    assert words.endswith("the lead is no more than the seeds' noise, so choose the cheaper, rank 4.")
    assert "may still be luck" in won_words("rank 8", 0.5, 0.03, 0.02, runner_up="rank 4")
    assert "was not measured" in won_words("rank 8", 0.5, 0.03, None, runner_up="rank 4")
    assert "only one" in won_words("rank 8", 0.5, None, None)
    assert "more than a hundred times" in won_words("rank 8", 0.5, 0.03, 0.0, runner_up="rank 4")
    assert "level with the next" in won_words("rank 8", 0.5, 0.0, 0.0, runner_up="rank 4", cheaper="rank 4")


def test_settings_are_named_as_people_do() -> None:
    changes = {"lora_rank": 32, "learning_rate": 2e-4, "lora_alpha": 64}
    assert change_words(changes, ["lora_rank", "learning_rate"]) == "rank 32, learning rate 2e-4"
    assert [value_word(value) for value in (3.0, 1.5, True, "cosine", 0.05, 12)] == [
        "3", "1.5", "on", "cosine", "0.05", "12",
    ]  # fmt: skip
    assert course_words([6, 3, 2], [0.25, 0.5, 1.0]) == "6 runs to 1/4 of their steps, 3 to 1/2, 2 to the end"
