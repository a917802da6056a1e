"""What ends or holds a run that nobody watches: a loss that falls apart, a disk without room."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from core.engine import integrity, reporting, room
from core.engine.loss_watch import FIRST_STEPS, LossWatch
from core.engine.train import work
from core.errors import TunesmithError
from core.events import Checkpoint, Finished, StateChanged, Warned
from tests.core.engine.conftest import WhenSeen, new_run, of_type


class _Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_ends_the_run(loss: float) -> None:
    with pytest.raises(TunesmithError) as caught:
        LossWatch().hear(1, loss)
    assert caught.value.code == "engine.loss_not_finite"


def test_a_loss_that_has_risen_far_above_its_best_ends_the_run() -> None:
    watch = LossWatch()
    for step in range(1, FIRST_STEPS + 20):
        watch.hear(step, 1.5)
    with pytest.raises(TunesmithError) as caught:
        for step in range(40, 80):
            watch.hear(step, 8.0)
    assert caught.value.code == "engine.loss_exploded"
    assert "1.50" in caught.value.why


def test_one_odd_batch_and_a_rough_start_end_nothing() -> None:
    watch = LossWatch()
    for step in range(1, 200):
        watch.hear(step, 9.0 if step < 5 or step % 50 == 0 else 1.5)


def test_a_full_disk_pauses_the_run_before_a_checkpoint_is_begun(
    runs_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run(runs_root, "max_steps=3", "checkpoint_steps=2")
    free = {"bytes": 1000}
    monkeypatch.setattr(room.shutil, "disk_usage", lambda _: _Usage(10**9, 0, free["bytes"]))

    def make_room() -> None:
        assert not list((run.path / "checkpoints").glob("*"))
        free["bytes"] = 10**12
        run.tell("resume")

    WhenSeen(run, lambda events: "paused" in [s.state for s in of_type(events, StateChanged)], make_room)
    assert work(run.path) == 0
    events = run.events()
    assert [w.code for w in of_type(events, Warned)] == ["engine.disk_nearly_full"]
    assert [s.state for s in of_type(events, StateChanged)] == ["starting", "running", "paused", "running", "finished"]
    assert [c.step for c in of_type(events, Checkpoint)] == [2, 3]
    assert isinstance(events[-1], Finished)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MiB, nearly full of one file."""
    place = tmp_path / "small"
    place.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("this system lets nobody mount a small file system")
    (place / "film").write_bytes(bytes(7_900_000))
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_disk_that_fills_up_in_the_middle_of_a_checkpoint_pauses_the_run_until_there_is_room(
    runs_root: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run(runs_root, "max_steps=2", "checkpoint_steps=1", "lora_rank=4", "validation_share=0")
    (small_disk / "checkpoints").mkdir()
    (run.path / "checkpoints").symlink_to(small_disk / "checkpoints")
    monkeypatch.setattr(reporting, "missing_bytes", lambda *_: 0)  # as a quota hides from it

    def make_room() -> None:
        assert not list((small_disk / "checkpoints").iterdir())
        (small_disk / "film").unlink()
        run.tell("resume")

    WhenSeen(run, lambda events: "paused" in [s.state for s in of_type(events, StateChanged)], make_room)
    assert work(run.path) == 0
    events = run.events()
    assert [w.code for w in of_type(events, Warned)] == ["engine.disk_nearly_full"]
    assert [s.state for s in of_type(events, StateChanged)] == ["starting", "running", "paused", "running", "finished"]
    assert [c.step for c in of_type(events, Checkpoint)] == [1, 2]
    assert [integrity.damage(checkpoint) for checkpoint in run.checkpoints()] == ["", ""]
