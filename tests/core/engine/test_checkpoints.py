from __future__ import annotations

from pathlib import Path

import pytest

from core.engine import checkpoints


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
