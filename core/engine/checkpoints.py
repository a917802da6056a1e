"""Checkpoints: whole or not there. Written aside, sealed, synced, renamed; the newest few are kept."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Collection
from pathlib import Path

from core.engine import integrity

KEPT = 2
PARTIAL = ".partial-"
OLD = f"{PARTIAL}old-"
DAMAGED = "damaged-"
ADAPTER_FILES = ("adapter_config.json", "adapter_model.safetensors")
NEEDED = (
    *ADAPTER_FILES,
    "optimizer.pt",
    "scheduler.pt",
    "trainer_state.json",
    "progress.json",
)


def name_of(step: int) -> str:
    """The folder name of the checkpoint after `step`; names sort as steps do."""
    return f"step-{step:08d}"


def step_of(checkpoint: Path) -> int:
    """The step after which `checkpoint` was written."""
    return int(checkpoint.name.removeprefix("step-"))


def newest(folder: Path) -> Path | None:
    """The newest whole checkpoint in `folder`, or None. A quick look: `sound` also reads them."""
    return next(iter(_whole(folder)), None)


def sound(folder: Path, on_damaged: Callable[[Path, str], None]) -> Path | None:
    """The newest checkpoint in `folder` whose files are as they were written, or None. A damaged one is put aside under
    another name, and `on_damaged` told of it and of what is wrong."""
    for checkpoint in _all(folder):
        problem = "" if _has_all(checkpoint) else "a file is missing"
        problem = problem or integrity.damage(checkpoint)
        if not problem:
            return checkpoint
        aside = checkpoint.with_name(f"{DAMAGED}{checkpoint.name}")
        if aside.exists():
            shutil.rmtree(aside)
        checkpoint.rename(aside)
        on_damaged(aside, problem)
    return None


def _all(folder: Path) -> list[Path]:
    found = [p for p in folder.glob("step-*") if re.fullmatch(r"step-\d+", p.name)]
    return sorted(found, key=step_of, reverse=True)


def _whole(folder: Path) -> list[Path]:
    return [checkpoint for checkpoint in _all(folder) if is_whole(checkpoint)]


def _has_all(checkpoint: Path) -> bool:
    return all((checkpoint / name).is_file() for name in NEEDED)


def is_whole(checkpoint: Path) -> bool:
    """Whether all is there that going on needs, in its size."""
    return _has_all(checkpoint) and integrity.sizes_are_right(checkpoint)


def write(
    folder: Path, step: int, fill: Callable[[Path], None], keep: Collection[int] = (), *, kept: int = KEPT
) -> Path:
    """Make the checkpoint of `step` in `folder`: `fill` writes its files; older ones beyond the newest `kept` go, but
    for those of the steps in `keep`.

    Raises:
        OSError: no room or no permission; what was there before is untouched.
        TunesmithError: `file.not_writable`.
    """

    def fill_and_seal(place: Path) -> None:
        fill(place)
        integrity.seal(place)

    place = write_aside(folder / name_of(step), fill_and_seal)
    for old in _whole(folder)[kept:]:
        if step_of(old) not in keep:
            _remove(old)
    return place


def write_aside(place: Path, fill: Callable[[Path], None]) -> Path:
    """Make the folder `place` whole or not at all: `fill` writes into a folder beside it, which then takes its name."""
    place.parent.mkdir(parents=True, exist_ok=True)
    remove_partial(place.parent)
    partial = place.with_name(f"{PARTIAL}{place.name}")
    partial.mkdir()
    fill(partial)
    for path in [*partial.rglob("*"), partial]:
        _sync(path)
    if place.exists():
        old = place.with_name(f"{OLD}{place.name}")
        place.rename(old)
        partial.rename(place)
        shutil.rmtree(old)
    else:
        partial.rename(place)
    _sync(place.parent)
    return place


def remove_partial(folder: Path) -> None:
    """Remove what a crash left half written or half removed; what it left between two names gets its own back."""
    for leftover in folder.glob(f"{OLD}*"):
        place = folder / leftover.name.removeprefix(OLD)
        if not place.exists():
            leftover.rename(place)
    for leftover in folder.glob(f"{PARTIAL}*"):
        shutil.rmtree(leftover)


def _remove(place: Path) -> None:
    """Away at once for whoever looks, then file by file."""
    going = place.with_name(f"{PARTIAL}gone-{place.name}")
    place.rename(going)
    shutil.rmtree(going)


def _sync(path: Path) -> None:
    """Wait until `path` is on the disk. Windows cannot open folders for this; its renames are journalled."""
    if path.is_dir() and os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
