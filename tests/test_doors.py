"""The doors between the rooms, and the check of the doors: planted violations must fail."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = ("torch", "transformers", "datasets", "peft", "trl", "bitsandbytes", "accelerate")


def linter(folder: Path) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).with_name("lint-imports.exe" if sys.platform == "win32" else "lint-imports")
    environment = os.environ | {"PYTHONPATH": str(folder)}
    return subprocess.run(
        [str(command), "--no-cache"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the source, to plant violations in."""
    folder = tmp_path / "copy"
    for package in ("core", "desktop", "resources"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__", "*.safetensors"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_the_doors_are_kept(copy: Path) -> None:
    result = linter(copy)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("core/runs/run.py", "import desktop"),
        ("core/settings/building.py", "import PySide6.QtCore"),
        ("core/tasks/train.py", "import torch"),
        ("desktop/app.py", "import transformers"),
        ("core/worker/attached.py", "import core.engine"),
        ("core/settings/building.py", "import core.job"),
        ("core/data/report.py", "import core.runs.run"),
        ("core/engine/__main__.py", "import core.worker.attached"),
    ],
)
def test_a_planted_violation_is_found(copy: Path, file: str, line: str) -> None:
    path = copy / file
    path.write_text(path.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    result = linter(copy)
    assert result.returncode == 1
    assert "BROKEN" in result.stdout


def modules_of(package: str) -> list[str]:
    files = (ROOT / package).rglob("*.py")
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in files}
    return sorted(name for name in names if not name.endswith("__main__") and not name.startswith("core.engine"))


@pytest.mark.parametrize(
    ("modules", "forbidden", "at_least"),
    [
        (modules_of("core"), (*HEAVY, "PySide6", "pyqtgraph"), 60),
        (["desktop.main_window", *modules_of("desktop")], HEAVY, 40),
    ],
    ids=["core", "desktop"],
)
def test_importing_everything_leaves_heavy_packages_out(
    modules: list[str], forbidden: tuple[str, ...], at_least: int
) -> None:
    assert len(modules) >= at_least
    code = (
        "import importlib, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        f"found = [name for name in {forbidden!r} if name in sys.modules]\n"
        "sys.exit(' '.join(found) or 0)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
