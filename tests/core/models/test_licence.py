"""Licences: known, shown, and agreed to before use where they ask for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import paths
from core.errors import TunesmithError
from core.models import catalogue
from core.models.licence import acknowledge, acknowledged, check, licence_of, licences
from core.models.reading import licence_in


def test_every_catalogue_models_licence_is_known_with_a_summary_and_its_text() -> None:
    for entry in catalogue.models():
        licence = licence_of(catalogue.spec_of(entry.name))
        assert licence is not None, entry.name
        assert licence.summary.endswith(".") and licence.url.startswith("https://")
    assert not licences()["apache-2.0"].acknowledge


def test_a_licence_that_asks_for_it_is_agreed_to_once() -> None:
    with pytest.raises(TunesmithError) as caught:
        check("llama3.1", "meta-llama/Llama-3.1-8B-Instruct")
    assert caught.value.code == "model.licence_not_acknowledged"
    assert licences()["llama3.1"].url in caught.value.remedy
    assert "--accept-licence" in caught.value.remedy
    acknowledge("llama3.1")
    check("llama3.1", "meta-llama/Llama-3.1-8B-Instruct")
    assert acknowledged("llama3.1") and not acknowledged("gemma")
    with pytest.raises(TunesmithError):
        check("gemma", "google/gemma-2-2b-it")


@pytest.mark.parametrize("identifier", ["apache-2.0", "", "some-licence-of-tomorrow"])
def test_others_let_a_model_pass(identifier: str) -> None:
    check(identifier, "a/b")


@pytest.mark.parametrize("content", ["{", "[]", '{"acknowledged": 3}'])
def test_a_damaged_record_means_asking_again(content: str) -> None:
    paths.data_dir().mkdir(parents=True)
    (paths.data_dir() / "licences.json").write_text(content)
    assert not acknowledged("gemma")
    acknowledge("gemma")
    assert acknowledged("gemma")


def test_an_unknown_licence_cannot_be_agreed_to() -> None:
    with pytest.raises(TunesmithError) as caught:
        acknowledge("nonsense")
    assert caught.value.code == "model.unknown_licence"


@pytest.mark.parametrize(
    ("card", "found"),
    [
        ("---\nlicense: llama3.1\n---\n", "llama3.1"),
        ("---\nlicense: other\nlicense_name: qwen-research\nlicense_link: x\n---\n", "qwen-research"),
        ("---\nlicense: other\n---\nlicense_name: not here\n", "other"),
        ("# A model\n", ""),
    ],
)
def test_a_folders_licence_is_read_from_its_card(card: str, found: str, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(card)
    assert licence_in(tmp_path) == found
