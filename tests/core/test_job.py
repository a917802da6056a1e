from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import TunesmithError
from core.job import DatasetRef, ModelRef, TrainingJob, load_job, save_job
from core.settings import TrainingSettings
from core.upgrades import VERSIONS


def a_job(**settings: object) -> TrainingJob:
    return TrainingJob(
        model=ModelRef(source="starter", id="starter"),
        dataset=DatasetRef(source="sample", path="sample"),
        settings=TrainingSettings().changed(**settings),
    )


def test_a_job_file_gives_the_same_job_back(tmp_path: Path) -> None:
    job = a_job(lora_rank=5, learning_rate=3e-4)
    save_job(job, tmp_path / "job.json")
    assert load_job(tmp_path / "job.json") == job


def changed(path: Path, change: dict[str, object]) -> None:
    document = json.loads(path.read_text())
    path.write_text(json.dumps(document | change))


@pytest.mark.parametrize(
    ("change", "code", "word"),
    [
        ({"version": VERSIONS["job"] + 1}, "file.newer_version", "newer"),
        ({"version": None}, "file.no_version", "version"),
        ({"colour": "red"}, "job.invalid", "colour"),
        ({"settings": {"lora_rnk": 8}}, "settings.unknown_key", "lora_rnk"),
        ({"settings": {"lora_rank": -1}}, "settings.bad_value", "lora_rank"),
        ({"model": {"source": "moon", "id": "x"}}, "job.invalid", "moon"),
        ({"settings": 7}, "job.invalid", "settings"),
    ],
)
def test_a_job_file_that_cannot_be_used_says_why_and_where(
    tmp_path: Path, change: dict[str, object], code: str, word: str
) -> None:
    path = tmp_path / "job.json"
    save_job(a_job(), path)
    changed(path, change)
    before = path.read_bytes()
    with pytest.raises(TunesmithError) as caught:
        load_job(path)
    assert caught.value.code == code
    assert word in str(caught.value)
    assert str(path) in caught.value.where
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "code"), [(b"{", "file.not_json"), (b"[]", "file.not_json"), (b"\xff\xfe", "file.not_json")]
)
def test_a_job_file_that_is_no_json_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    (tmp_path / "job.json").write_bytes(content)
    with pytest.raises(TunesmithError) as caught:
        load_job(tmp_path / "job.json")
    assert caught.value.code == code


def test_a_job_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TunesmithError) as caught:
        load_job(tmp_path / "none.json")
    assert caught.value.code == "file.not_found"
    assert caught.value.where == str(tmp_path / "none.json")


def test_places_in_a_job_file_are_seen_from_its_folder(tmp_path: Path) -> None:
    job = TrainingJob(
        model=ModelRef(source="folder", id="my model"),
        dataset=DatasetRef(source="file", path="rows.jsonl"),
        settings=TrainingSettings(),
    )
    save_job(job, tmp_path / "job.json")
    loaded = load_job(tmp_path / "job.json")
    assert loaded.dataset.path == str(tmp_path / "rows.jsonl")
    assert loaded.model.path == str(tmp_path / "my model")
    assert loaded.model.id == "my model"
