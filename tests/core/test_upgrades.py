from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from core import upgrades
from core.errors import TunesmithError
from core.fit.values import Prediction
from core.runs.info import read_info

RELEASES = Path(__file__).parents[1] / "data" / "releases"


def test_every_old_version_has_an_upgrade() -> None:
    needed = {(kind, version) for kind, today in upgrades.VERSIONS.items() for version in range(1, today)}
    assert needed == set(upgrades._UPGRADES)


def test_an_old_document_climbs_version_by_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrades, "_UPGRADES", {})
    monkeypatch.setattr(upgrades, "VERSIONS", {"job": 3})

    @upgrades.upgrade("job", 1)
    def rename(document: upgrades.Document) -> upgrades.Document:
        return {"new": document["old"]}

    @upgrades.upgrade("job", 2)
    def double(document: upgrades.Document) -> upgrades.Document:
        return {"new": 2 * document["new"]}

    assert upgrades.upgraded("job", {"version": 1, "old": 4}, "here") == {"version": 3, "new": 8}
    assert upgrades.upgraded("job", {"version": 2, "new": 4}, "here") == {"version": 3, "new": 8}


@pytest.mark.parametrize("version", [0, -1, True, "1", 1.0, None])
def test_what_is_no_version_is_refused(version: object) -> None:
    with pytest.raises(TunesmithError) as caught:
        upgrades.upgraded("job", {"version": version}, "here")
    assert caught.value.code == "file.no_version"


def test_a_run_of_the_first_release_lists_its_prediction_by_depth(tmp_path: Path) -> None:
    shutil.copy(RELEASES / "0.1" / "run.json", tmp_path)
    info = read_info(tmp_path)
    assert info.predictions == [Prediction(depth="instant", total_bytes=733_691_904)]
    assert (info.name, info.predicted_memory_bytes) == ("2026-11-20-101500-starter", 733_691_904)


def test_a_run_of_the_first_release_that_was_promised_nothing_lists_nothing() -> None:
    document = upgrades.upgraded("run", {"version": 1, "name": "old"}, "here")
    assert (document["version"], document["predictions"]) == (upgrades.VERSIONS["run"], [])


def test_the_speed_of_rows_at_their_longest_is_not_shown_beside_what_a_run_measured() -> None:
    old = {"version": 2, "name": "old", "predicted_tokens_per_second": 900.0, "predictions": []}
    document = upgrades.upgraded("run", old, "here")
    assert document == {"version": upgrades.VERSIONS["run"], "name": "old", "predictions": []}
