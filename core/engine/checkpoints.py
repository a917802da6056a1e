"""Checkpoints: whole or not there. Written aside, synced, renamed; the newest two are kept."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Collection
from pathlib import Path

KEPT = 2
PARTIAL = ".partial-"
OLD = f"{PARTIAL}old-"
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
    """The newest whole checkpoint in `folder`, or None."""
    return next(iter(_whole(folder)), None)


def _whole(folder: Path) -> list[Path]:
    found = [p for p in folder.glob("step-*") if re.fullmatch(r"step-\d+", p.name)]
    return sorted(filter(is_whole, found), key=step_of, reverse=True)


def is_whole(checkpoint: Path) -> bool:
    """Whether all is there that going on needs."""
    return all((checkpoint / name).is_file() for name in NEEDED)


def write(folder: Path, step: int, fill: Callable[[Path], None], keep: Collection[int] = ()) -> Path:
    """Make the checkpoint of `step` in `folder`: `fill` writes its files; older ones beyond the newest two go, but for
    those of the steps in `keep`.

    Raises:
        OSError: no room or no permission; what was there before is untouched.
    """
    place = write_aside(folder / name_of(step), fill)
    for old in _whole(folder)[KEPT:]:
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
