"""`tunesmith sweep`'s manners; that it trains is shown in tests/core/tasks/test_sweep.py."""

from __future__ import annotations

import json

import pytest

from core.cli import main
from core.cli.sweep import cost_words, turn_words, values_of
from core.runs.liveness import write_own_identity
from core.runs.queue import RunQueue
from core.runs.store import RunStore
from core.sweeps.store import SweepStatus, SweepStore
from core.sweeps.values import Sweep
from core.tasks import sweep as sweeps
from tests.core.conftest import JOB


@pytest.fixture
def made() -> Sweep:
    return sweeps.create(JOB, {"lora_rank": [4, 8, 16]}, minutes=10)


def said(capsys: pytest.CaptureFixture[str]):
    return json.loads(capsys.readouterr().out)


def test_values_are_of_their_settings_kind() -> None:
    vary = values_of(["lora_rank=8,16", "learning_rate=1e-4, 3e-4", "use_dora=true,false", "lr_scheduler=cosine"])
    assert vary == {
        "lora_rank": [8, 16],
        "learning_rate": [1e-4, 3e-4],
        "use_dora": [True, False],
        "lr_scheduler": ["cosine"],
    }


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        ([], 2, "cli.usage"),
        (["show"], 2, "cli.usage"),
        (["--vary", "lora_rank=4,8", "--minutes", "1", "--money", "1"], 2, "cli.usage"),
        (["--vary", "lora_rank", "--minutes", "1"], 1, "settings.not_a_pair"),
        (["--vary", "lora_rnk=4,8", "--minutes", "1"], 1, "settings.unknown_key"),
        (["--vary", "lora_rank=4,many", "--minutes", "1"], 1, "settings.bad_value"),
        (["--vary", "lora_rank=4,8", "--data", "not.there"], 1, "sweep.no_budget"),
        (["--vary", "lora_rank=4,8", "--data", "not.there", "--minutes", "-5"], 1, "sweep.no_budget"),
        (["show", "nothing"], 1, "sweep.not_found"),
        (["resume", "nothing"], 1, "sweep.not_found"),
    ],
)
def test_what_cannot_be_is_one_error(
    arguments: list[str], code: int, error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", *arguments, "--json"]) == code
    assert said(capsys)["error"]["code"] == error


def test_a_sweep_is_listed_shown_and_deleted(made: Sweep, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", "list", "--json"]) == 0
    (row,) = said(capsys)
    assert set(row) >= {"name", "state", "rungs", "rows", "winner", "lead", "noise", "words", "left_s", "budget_s"}
    assert [one["words"] for one in row["rows"]] == ["rank 4", "rank 8", "rank 16"]
    assert main(["sweep", "show", made.name]) == 0
    shown = capsys.readouterr().out
    assert "rank 16" in shown and "waits for its turn" in shown and "1/2" in shown
    assert main(["sweep", "delete", made.name]) == 2
    capsys.readouterr()
    assert main(["sweep", "delete", made.name, "--yes", "--json"]) == 0
    assert said(capsys) == {"deleted": made.name}
    assert SweepStore().names() == [] == RunStore().list()
    assert not list(RunStore().root.glob(".trash/*")), "What was deleted for good still takes room."


def test_a_sweep_that_failed_says_why_and_ends_with_1(made: Sweep, capsys: pytest.CaptureFixture[str]) -> None:
    error = {"code": "x", "what": "It went wrong.", "why": "", "remedy": "", "where": ""}
    SweepStore().say(made.name, SweepStatus(state="failed", error=error))
    assert main(["sweep", "show", made.name]) == 1
    assert "It went wrong." in capsys.readouterr().out


def test_whom_it_waits_for_and_whom_it_keeps_waiting_is_said_before_it_starts(made: Sweep) -> None:
    assert turn_words(made) == ""
    at_work, queued = (RunStore().create(JOB) for _ in range(2))
    RunQueue().add(queued.name)
    write_own_identity(at_work.path)
    assert turn_words(made) == (
        f"It begins when {at_work.name} has ended. The queue, 1 run, goes on when the sweep has ended."
    )


def test_what_it_will_cost_is_said_before_it_starts(made: Sweep) -> None:
    assert cost_words(made) == (
        "3 runs to 1/2 of their steps, 2 to the end, and the winner once more with another seed: as much as 3.5 whole "
        "runs. They are shortened if that takes more than 10 minutes."
    )
