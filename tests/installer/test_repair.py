"""A second run knows what is whole, finds what is broken, and keeps what it can; seen on real small environments."""

import base64
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from installer import distributions, system_packages
from installer.children import Children
from installer.environment import Environment, mend
from installer.failures import SetupError
from installer.launch import own_environment
from installer.progress import Progress
from installer.stamp import READY, Stamp, read_stamp, wanted_stamp, write_stamp

PYTHON = sys.version_info[:2]
PATIENCE_S = 300.0


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """A real environment without pip, as a kill right after its birth leaves one."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / ".venv"], check=True, timeout=PATIENCE_S)
    return Environment(tmp_path / ".venv")


def add(site_packages: Path, name: str, version: str, text: str = "x = 1\n", requires: str = "") -> Path:
    """Install a one-file distribution as pip would; returns its module."""
    module = site_packages / f"{name}.py"
    module.write_text(text)
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
    folder = site_packages / f"{name}-{version}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}")
    info = f"{folder.name}/METADATA,,\n{folder.name}/RECORD,,\n__pycache__/{name}.cpython-311.pyc,,\n"
    (folder / "RECORD").write_text(f"{name}.py,sha256={digest},{len(text)}\n{info}")
    return module


def add_pip(environment: Environment) -> None:
    """A pip that only starts: putting in the real one takes seconds, and has a test of its own."""
    site_packages = environment.site_packages(PYTHON)
    site_packages.mkdir(parents=True, exist_ok=True)
    add(site_packages, "pip", "99.0", "print('pip 99.0')\n")


def mended(environment: Environment) -> tuple[int, int]:
    children = Children(environment.log, own_environment(os.environ))
    with Progress(1).step("Preparing .venv") as step:
        return mend(environment, children, step)


def test_a_python_that_is_gone_is_put_back_and_the_packages_stay(environment: Environment) -> None:
    site_packages = environment.site_packages(PYTHON)
    module = add(site_packages, "kept", "1.0")
    add_pip(environment)
    script = environment.python.with_name("script")
    script.write_text("kept")
    environment.python.unlink()
    environment.python.symlink_to("/nowhere/python3")
    assert environment.answer() is None
    assert mended(environment) == PYTHON
    assert module.exists()
    assert script.exists()


def test_the_remains_of_another_python_version_are_cleared_and_pip_is_put_in(environment: Environment) -> None:
    stranger = environment.folder / "lib" / "python3.1" / "site-packages" / "stranger.py"
    stranger.parent.mkdir(parents=True)
    stranger.write_text("")
    shutil.rmtree(environment.site_packages(PYTHON))
    environment.python.unlink()
    environment.lock.write_bytes(b"")
    assert mended(environment) == PYTHON
    assert not stranger.exists()
    assert environment.lock.exists()
    assert "pip" in distributions.installed(environment.site_packages(PYTHON))
    subprocess.run([environment.python, "-m", "pip", "--version"], check=True, timeout=PATIENCE_S, capture_output=True)


def test_a_debian_without_its_venv_package_gets_the_one_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(system_packages, "may_install", lambda: False)
    monkeypatch.setattr(system_packages, "is_root", lambda: False)
    environment = Environment(tmp_path / ".venv")
    environment.folder.mkdir()
    package = f"python{PYTHON[0]}.{PYTHON[1]}-venv"
    with pytest.raises(SetupError, match=f"sudo apt-get install .* {package}$"):
        mended(environment)


@pytest.mark.parametrize("damage", ["file gone", "file cut", "record gone"])
def test_a_damaged_package_is_found_and_forgotten_and_a_whole_one_is_not(tmp_path: Path, damage: str) -> None:
    add(tmp_path, "whole", "1.0")
    module = add(tmp_path, "broken", "2.0")
    assert distributions.damaged(tmp_path) == []
    if damage == "file gone":
        module.unlink()
    elif damage == "file cut":
        module.write_text("x")
    else:
        (tmp_path / "broken-2.0.dist-info" / "RECORD").unlink()
    (tmp_path / "~roken").mkdir()
    assert distributions.forget(tmp_path) == ["broken"]
    assert distributions.installed(tmp_path) == {"whole": "1.0"}
    assert not (tmp_path / "~roken").exists()


def test_the_installed_torch_is_told_apart_by_version_or_requirements(tmp_path: Path) -> None:
    assert distributions.torch_build(tmp_path) is None
    add(tmp_path, "torch", "2.13.0+cpu")
    assert distributions.torch_build(tmp_path) == "cpu"
    shutil.rmtree(tmp_path / "torch-2.13.0+cpu.dist-info")
    add(tmp_path, "torch", "2.13.0", requires="Requires-Dist: nvidia-cudnn-cu13==9.20.0.48\n")
    assert distributions.torch_build(tmp_path) == "cu13"


@pytest.fixture
def wanted(tmp_path: Path) -> Stamp:
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    return wanted_stamp(tmp_path, "3.11", "cpu", ("dev",))


def test_a_finished_set_up_serves_again_until_something_changes(wanted: Stamp) -> None:
    present = {"rich": "15.0.0", "extra": "1"}
    done = replace(wanted, state=READY, distributions={"rich": "15.0.0"})
    assert done.serves(wanted, present)
    assert done.serves(replace(wanted, extras=()), present), "what the tests need also runs the application"
    assert not replace(done, extras=()).serves(wanted, present), "the tests need more than the application"
    assert not done.serves(replace(wanted, torch="cu130"), present), "a driver has come"
    assert not done.serves(replace(wanted, python="3.12"), present)
    assert not done.serves(replace(wanted, pyproject_sha256="0"), present)
    assert not done.serves(replace(wanted, root="/moved"), present)
    assert not done.serves(wanted, {"rich": "14.0.0"})
    assert not done.serves(wanted, {})
    assert not wanted.serves(wanted, present), "an interrupted set-up is not a finished one"


def test_a_stamp_is_read_back_and_a_torn_one_counts_as_none(wanted: Stamp, tmp_path: Path) -> None:
    path = tmp_path / "setup.json"
    assert read_stamp(path) is None
    write_stamp(path, wanted)
    assert read_stamp(path) == wanted
    path.write_text(path.read_text()[:-20])
    assert read_stamp(path) is None
    path.write_text('{"state": "ready"}')
    assert read_stamp(path) is None
