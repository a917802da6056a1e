"""The command line's manners: exit codes, one JSON document, errors without tracebacks."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from core.cli import COMMANDS, main
from core.cli.output import Output
from core.cli.train import _end
from core.events import Finished, RunState, Started, StateChanged, Step
from core.events.stream import encode
from core.runs import commands, liveness
from core.runs.info import RunInfo
from core.runs.run import Run
from core.runs.store import RunStore


def said(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, str]]:
    """The one JSON document on standard output."""
    document: dict[str, dict[str, str]] = json.loads(capsys.readouterr().out)
    return document


def test_every_command_explains_itself() -> None:
    result = subprocess.run([sys.executable, "-m", "core.cli", "--help"], capture_output=True, text=True, check=True)
    for name in COMMANDS:
        assert f"    {name.replace('_', '-')} " in result.stdout


@pytest.mark.parametrize("arguments", [[], ["fly"], ["runs", "--colour"], ["runs", "show"], ["chat"], ["fit"]])
def test_wrong_usage_ends_with_2_and_points_to_help(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "Error:" in capsys.readouterr().err


def test_wrong_usage_is_json_where_json_was_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", "show", "--json"]) == 2
    error = said(capsys)["error"]
    assert set(error) >= {"what", "why", "remedy", "where"}


def test_no_runs_yet_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs"]) == 0
    assert "tunesmith train" in capsys.readouterr().out
    assert main(["runs", "--json"]) == 0
    assert said(capsys) == []


def test_a_run_is_listed_shown_and_deleted_with_the_contracts_keys(
    new_run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["runs", "--json"]) == 0
    (row,) = said(capsys)
    assert set(row) >= {"name", "path", "state", "model", "dataset", "step", "loss_last", "created"}
    assert main(["runs", "show", new_run.name, "--json"]) == 0
    assert said(capsys)["settings"]["lora_rank"] == 16
    assert main(["runs", "delete", new_run.name]) == 2
    assert new_run.path.exists()
    assert main(["runs", "delete", new_run.name, "--yes"]) == 0
    assert not new_run.path.exists()


def test_in_a_narrow_terminal_a_runs_name_can_be_copied_whole(
    new_run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    long = RunStore().create(new_run.job(), RunInfo(name=f"{new_run.name}-sweep-rank-16-seed-2"))
    total = Started(
        run=long.name, device="cpu", device_name="Processor", steps_total=60, epochs=3.0, train_rows=9,
        validation_rows=1, trainable_parameters=1, parameters=2, time=1.0,
    )  # fmt: skip
    step = Step(
        step=30, epoch=1.5, loss=2.0, learning_rate=1e-4, grad_norm=1.0, tokens=1, tokens_per_second=1.0, seconds=3.0,
        left_s=150.0, time=2.0,
    )  # fmt: skip
    (long.path / "events.jsonl").write_bytes(encode(total) + encode(step))
    liveness.write_own_identity(long.path)
    assert main(["runs"]) == 0
    listed = capsys.readouterr().out
    assert new_run.name in listed and long.name in listed
    assert "left" in listed


@pytest.mark.parametrize(
    ("state", "kept", "words"),
    [
        ("died", True, "from its checkpoint"),
        ("died", False, "no checkpoint was written"),
        ("stopped", True, "from its checkpoint"),
        ("finished", True, ""),
        ("failed", True, ""),
    ],
)
def test_a_run_that_can_go_on_says_how(
    new_run: Run, capsys: pytest.CaptureFixture[str], state: RunState, kept: bool, words: str
) -> None:
    if kept:
        (new_run.path / "checkpoints" / "step-00000003").mkdir(parents=True)
    last = Finished(
        run=new_run.name, state=state, steps=4, loss_first=3.0, loss_last=2.0, peak_memory_bytes=1,
        predicted_memory_bytes=1, tokens_per_second=1.0, seconds=4.0,
    )  # fmt: skip
    assert _end(new_run, last, Output(json=False), False) == (0 if state in ("finished", "stopped") else 1)
    printed = " ".join(capsys.readouterr().out.split())
    assert ("--resume" in printed) == bool(words) and words in printed


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["runs", "show", "nothing"], "run.not_found"),
        (["train", "--resume", "nothing"], "run.not_found"),
        (["chat", "nothing"], "run.not_found"),
        (["chat", "nothing", "--prompt", "Hi"], "run.not_found"),
        (["train", "--job", "nothing.json"], "file.not_found"),
        (["train", "--model", "./nothing"], "model."),
        (["train", "--data", "nothing.jsonl"], "data.not_found"),
        (["train", "--set", "lora_rnk=8"], "settings.unknown_key"),
    ],
)
def test_what_a_person_can_cause_is_one_error_document(
    arguments: list[str], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--json"]) == 1
    error = said(capsys)["error"]
    assert error["code"].startswith(code)
    assert all(error[key] for key in ("what", "why", "remedy"))


def test_a_run_that_is_not_trained_cannot_be_chatted_with(new_run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chat", new_run.name, "--prompt", "Hi", "--json"]) == 1
    assert said(capsys)["error"]["code"] == "chat.no_adapter"


def test_everything_lives_below_the_home_that_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TUNESMITH_HOME", str(tmp_path / "other"))
    assert main(["train", "--save-job", str(tmp_path / "job.json"), "--home", str(tmp_path / "mine"), "--json"]) == 0
    assert said(capsys)["job"] == str(tmp_path / "job.json")
    assert not (tmp_path / "other").exists()


def test_a_prompt_that_is_not_utf_8_is_refused_and_not_waited_for(
    new_run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["chat", new_run.name, "--prompt", "caf\udce9", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "chat.not_text"


def test_what_the_window_tells_a_run_the_command_line_tells_it_too(
    new_run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["runs", "pause", new_run.name, "--json"]) == 1
    assert said(capsys)["error"]["code"] == "run.not_active"
    liveness.write_own_identity(new_run.path)
    for word in ("pause", "checkpoint", "resume"):
        (new_run.path / "events.jsonl").write_bytes(encode(StateChanged(state="paused")))
        assert main(["runs", word, new_run.name]) == 0
    assert commands.take(new_run.path) == ["pause", "checkpoint", "resume"]
