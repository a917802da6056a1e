"""What is installed in a virtual environment, and whether it is whole: every file of every RECORD, by size."""

import csv
import re
import shutil
from importlib import metadata
from pathlib import Path


def installed(site_packages: Path) -> dict[str, str]:
    """Version by normalised name, without importing anything."""
    found = {}
    for folder in site_packages.glob("*.dist-info"):
        name, _, version = folder.name.removesuffix(".dist-info").partition("-")
        found[re.sub(r"[-_.]+", "-", name).lower()] = version
    return found


def damaged(site_packages: Path) -> list[Path]:
    """The dist-info folders whose RECORD is missing, or names files that are missing or of another size."""
    return [folder for folder in sorted(site_packages.glob("*.dist-info")) if not _is_whole(folder)]


def _is_whole(folder: Path) -> bool:
    record = folder / "RECORD"
    if not record.is_file() or not (folder / "METADATA").is_file():
        return False
    with record.open(encoding="utf-8", newline="") as stream:
        for row in csv.reader(stream):
            # Compiled files carry no size and are made again by Python itself.
            if len(row) < 3 or not row[2] or row[0].endswith(".pyc"):
                continue
            try:
                size_bytes = (folder.parent / row[0]).stat().st_size
            except OSError:
                return False
            if size_bytes != int(row[2]):
                return False
    return True


def forget(site_packages: Path) -> list[str]:
    """Make pip install the damaged ones again, by removing their dist-info; returns their names."""
    names = []
    for folder in damaged(site_packages):
        names.append(folder.name.partition("-")[0])
        shutil.rmtree(folder)
    # pip renames what it replaces to a name with a tilde; an interruption leaves it behind.
    for leftover in site_packages.glob("~*"):
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    return names


def torch_build(site_packages: Path) -> str | None:
    """The installed build of PyTorch: "cpu", "cu126", "cu13" (named by its CUDA packages), or None if not installed."""
    for found in metadata.distributions(name="torch", path=[str(site_packages)]):
        local = found.version.partition("+")[2]
        return local or build_by_requirements(found.requires or [])
    return None


def build_by_requirements(requirements: list[str]) -> str:
    """The build of a torch without a local version: CUDA builds require NVIDIA's packages, whose names end in -cu13."""
    match = next(filter(None, (re.match(r"nvidia-[a-z]+-cu(\d+)", line) for line in requirements)), None)
    return f"cu{match[1]}" if match else "cpu"
