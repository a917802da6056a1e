"""A licence that asks to be agreed to stands before the download and before the training."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from core.cli import main
from core.errors import TunesmithError
from core.job import ModelRef, TrainingJob
from core.models.licence import acknowledged
from core.models.location import starter_path
from core.tasks import download, train
from tests.core.conftest import JOB

LLAMA = "meta-llama/Llama-3.2-1B-Instruct"


def hub_job(folder: Path, card: str) -> TrainingJob:
    shutil.copytree(starter_path(), folder)
    (folder / "README.md").write_text(f"---\nlicense: {card}\n---\n")
    model = ModelRef(source="hub", id="smiths/starter", path=str(folder))
    return TrainingJob(model=model, dataset=JOB.dataset, settings=JOB.settings)


@pytest.mark.parametrize("given", ["", "llama3.2"])
def test_no_worker_is_started_for_a_model_whose_licence_was_not_agreed_to(given: str) -> None:
    with pytest.raises(TunesmithError) as caught:
        download.start(LLAMA, licence=given)
    assert caught.value.code == "model.licence_not_acknowledged"


def test_weights_that_are_known_to_be_quantised_are_not_downloaded_in_vain() -> None:
    with pytest.raises(TunesmithError) as caught:
        download.start("openai/gpt-oss-20b")
    assert (caught.value.code, "MXFP4" in caught.value.why) == ("model.already_quantized", True)


def test_the_terminal_says_what_to_read_and_takes_the_agreement(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--model", "llama-3.2-1b-instruct", "--json"]) == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert (error["code"], "llama3_2" in error["remedy"]) == ("model.licence_not_acknowledged", True)
    assert main(["train", "--model", "llama-3.2-1b-instruct", "--accept-licence", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "hub.offline"
    assert acknowledged("llama3.2")


def test_a_downloaded_models_licence_stands_before_its_training(tmp_path: Path) -> None:
    job = hub_job(tmp_path / "model", "gemma")
    with pytest.raises(TunesmithError) as caught:
        train.create(job)
    assert caught.value.code == "model.licence_not_acknowledged"
    train.accept_licence(job.model)
    assert train.create(job).path.is_dir()


def test_a_licence_that_asks_nothing_is_not_in_the_way(tmp_path: Path) -> None:
    assert train.create(hub_job(tmp_path / "model", "apache-2.0")).path.is_dir()
