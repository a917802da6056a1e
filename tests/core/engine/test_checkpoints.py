from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from core.engine import checkpoints, integrity


def fill(place: Path) -> None:
    for name in checkpoints.NEEDED:
        (place / name).write_text(place.name)


def test_the_newest_two_are_kept_and_the_newest_is_found(tmp_path: Path) -> None:
    assert checkpoints.newest(tmp_path) is None
    for step in (5, 40, 9, 100):
        checkpoints.write(tmp_path, step, fill)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["step-00000040", "step-00000100"]
    newest = checkpoints.newest(tmp_path)
    assert newest is not None and checkpoints.step_of(newest) == 100


def test_one_that_a_crash_cut_short_is_passed_over(tmp_path: Path) -> None:
    checkpoints.write(tmp_path, 10, fill)

    def crash(place: Path) -> None:
        (place / checkpoints.NEEDED[0]).write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        checkpoints.write(tmp_path, 20, crash)
    incomplete = tmp_path / "step-00000030"
    incomplete.mkdir()
    newest = checkpoints.newest(tmp_path)
    assert newest is not None and newest.name == "step-00000010"
    checkpoints.write(tmp_path, 30, fill)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["step-00000010", "step-00000030"]


def test_as_many_are_kept_as_wanted_and_those_that_are_named(tmp_path: Path) -> None:
    for step in (1, 2, 3, 4, 5):
        checkpoints.write(tmp_path, step, fill, (1,), kept=3)
    assert [checkpoints.step_of(p) for p in sorted(tmp_path.iterdir())] == [1, 3, 4, 5]


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda file: file.write_bytes(file.read_bytes()[:-3]), "bytes instead of"),
        (lambda file: file.write_bytes(bytes(len(file.read_bytes()))), "other contents"),
        (lambda file: file.unlink(), "missing"),
    ],
)
def test_a_damaged_one_is_put_aside_and_the_one_before_is_taken(
    tmp_path: Path, harm: Callable[[Path], object], words: str
) -> None:
    for step in (1, 2):
        checkpoints.write(tmp_path, step, fill)
    harm(tmp_path / "step-00000002" / "adapter_model.safetensors")
    told: list[tuple[str, str]] = []
    found = checkpoints.sound(tmp_path, lambda aside, problem: told.append((aside.name, problem)))
    assert found is not None and checkpoints.step_of(found) == 1
    ((name, problem),) = told
    assert name == "damaged-step-00000002" and words in problem
    assert sorted(p.name for p in tmp_path.iterdir()) == ["damaged-step-00000002", "step-00000001"]


def test_one_of_an_earlier_tunesmith_is_judged_by_its_files_own_formats(tmp_path: Path) -> None:
    place = checkpoints.write(tmp_path, 1, fill)
    (place / integrity.FILE).unlink()
    weights = place / "adapter_model.safetensors"
    save_file({"a": torch.arange(6.0)}, weights)
    for name in ("optimizer.pt", "scheduler.pt"):
        torch.save({}, place / name)
    assert integrity.damage(place) == ""
    weights.write_bytes(weights.read_bytes()[:-1])
    assert integrity.damage(place) == "adapter_model.safetensors is cut short"
    save_file({"a": torch.arange(6.0)}, weights)
    (place / "optimizer.pt").write_bytes((place / "optimizer.pt").read_bytes()[:-40])
    assert integrity.damage(place) == "optimizer.pt is cut short"


def test_what_a_crash_left_between_two_names_gets_its_own_back(tmp_path: Path) -> None:
    checkpoints.write(tmp_path, 1, fill)
    (tmp_path / "step-00000001").rename(tmp_path / f"{checkpoints.OLD}step-00000001")
    checkpoints.remove_partial(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["step-00000001"]
