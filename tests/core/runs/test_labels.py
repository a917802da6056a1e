"""What a person calls a run and writes about it stays with it, and finds it again."""

from __future__ import annotations

import json

import pytest

from core.cli import main
from core.errors import TunesmithError
from core.job import DatasetRef, ModelRef, TrainingJob
from core.runs.compare import compare
from core.runs.run import Run
from core.runs.store import RunStore
from core.settings import TrainingSettings


def make(**settings: object) -> Run:
    job = TrainingJob(
        model=ModelRef(source="starter", id="starter"),
        dataset=DatasetRef(source="sample", path="sample"),
        settings=TrainingSettings().changed(**settings),
    )
    return RunStore().create(job)


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert main([*arguments, "--json"]) == 0
    document: dict[str, object] = json.loads(capsys.readouterr().out)
    return document


def test_a_run_is_found_by_the_title_it_was_given(capsys: pytest.CaptureFixture[str]) -> None:
    run = make()
    assert said(capsys, "runs", "rename", run.name, "The", "good one")["title"] == "The good one"
    assert RunStore().get("The good one").path == run.path
    assert [summary.shown_name for summary in RunStore().list()] == ["The good one"]
    assert said(capsys, "runs", "rename", "The good one")["title"] == ""
    assert RunStore().list()[0].shown_name == run.name


def test_two_runs_cannot_have_one_name() -> None:
    store, first, second = RunStore(), make(), make()
    store.rename(first.name, "best")
    store.rename(first.name, "best")
    for taken in ("best", first.name):
        with pytest.raises(TunesmithError) as caught:
            store.rename(second.name, taken)
        assert caught.value.code == "run.title_taken"


def test_tags_and_notes_are_kept_and_replaced(capsys: pytest.CaptureFixture[str]) -> None:
    run = make()
    assert said(capsys, "runs", "tag", run.name, "pirate", " two  words ", "pirate")["tags"] == ["pirate", "two words"]
    assert said(capsys, "runs", "note", run.name, "rank was too low")["notes"] == "rank was too low"
    assert RunStore().list()[0].tags == ["pirate", "two words"]
    assert said(capsys, "runs", "tag", run.name)["tags"] == []
    assert run.info().notes == "rank was too low"


def test_only_what_differs_is_compared(capsys: pytest.CaptureFixture[str]) -> None:
    runs = [make(lora_rank=8), make(lora_rank=32, learning_rate=1e-3)]
    assert [row.key for row in compare(runs).differing] == ["lora_rank", "learning_rate"]
    document = said(capsys, "runs", "compare", *(run.name for run in runs))
    assert [row["values"] for row in document["differing"]] == [[8, 32], [2e-4, 1e-3]]  # type: ignore[attr-defined]
    assert main(["runs", "compare", runs[0].name]) == 2
    capsys.readouterr()
    assert main(["runs", "compare", *(run.name for run in runs)]) == 0
    assert "LoRA rank" in capsys.readouterr().out
