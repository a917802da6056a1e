"""The virtual environment in the checkout: found, made, and mended with as little lost as possible."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from installer import distributions, system_packages
from installer.bootstrap import MINIMUM_PYTHON
from installer.children import Children, give_up
from installer.failures import SetupError
from installer.progress import Step

WHO_ARE_YOU = "import json, sys; print(json.dumps(sys.version_info[:2]))"
ANSWER_LIMIT_S = 30.0
OURS = {"install.log", "setup.lock", "setup.json"}


@dataclass(frozen=True)
class Environment:
    """Where things are in a `.venv`."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def log(self) -> Path:
        return self.folder / "install.log"

    @property
    def lock(self) -> Path:
        return self.folder / "setup.lock"

    @property
    def stamp(self) -> Path:
        return self.folder / "setup.json"

    def site_packages(self, python: tuple[int, int]) -> Path:
        if os.name == "nt":
            return self.folder / "Lib" / "site-packages"
        return self.folder / "lib" / f"python{python[0]}.{python[1]}" / "site-packages"

    def answer(self) -> tuple[int, int] | None:
        """The version of the Python in it; None if it does not run."""
        try:
            done = subprocess.run(
                [self.python, "-I", "-c", WHO_ARE_YOU], capture_output=True, timeout=ANSWER_LIMIT_S, check=True
            )
            major, minor = json.loads(done.stdout)
        except (OSError, subprocess.SubprocessError, ValueError):
            return None  # missing, a dangling link, not for this machine, or cut short: all mean "mend it"
        return major, minor


def mend(environment: Environment, children: Children, step: Step) -> tuple[int, int]:
    """Make the environment's Python and pip work, and return its version. Raises SetupError.

    Installed packages are kept when the same Python version is put back; files of other versions are cleared.
    """
    version = environment.answer()
    if version is None or version < MINIMUM_PYTHON:
        here = sys.version_info[:2]
        if not environment.site_packages(here).is_dir() or version is not None:
            _clear(environment.folder)
        else:
            step.note("The Python in .venv does not run: putting it back, the packages stay.")
            for name in environment.python.parent.glob("python*"):
                name.unlink()
        _make(environment, children, step)
        version = environment.answer()
        if version is None:
            raise SetupError(f"the new {environment.python} does not run. Remove {environment.folder} and try again.")
    site_packages = environment.site_packages(version)
    broken = distributions.forget(site_packages)
    if broken:
        step.note(f"Incomplete and to be installed again: {', '.join(broken)}.")
    _ensure_pip(environment, site_packages, children, step)
    return version


def _clear(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.name in OURS:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _make(environment: Environment, children: Children, step: Step) -> None:
    _ensure_venv_module(children, step)
    code, output = children.run([sys.executable, "-I", "-m", "venv", "--without-pip", environment.folder], step)
    if code:
        give_up(output, "making .venv", step, f"log: {environment.log}")


def _ensure_venv_module(children: Children, step: Step) -> None:
    """Debian and its children keep ensurepip, which fills a new environment, in a package of its own."""
    if importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv"):
        return
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if not system_packages.may_install():
        raise SetupError(
            f"{sys.executable} lacks its venv module. On Debian and Ubuntu run: "
            f"{system_packages.command_for('apt-get', [package])}"
        )
    system_packages.install(children, [package], step)


def _ensure_pip(environment: Environment, site_packages: Path, children: Children, step: Step) -> None:
    python = environment.python
    records = list(site_packages.glob("pip-*.dist-info"))
    if records and children.run([python, "-I", "-m", "pip", "--version"], step, ANSWER_LIMIT_S)[0] == 0:
        return
    _ensure_venv_module(children, step)
    # A pip whose files are whole but which does not start would be taken as installed.
    for folder in records:
        shutil.rmtree(folder)
    code, output = children.run([python, "-I", "-m", "ensurepip", "--upgrade", "--default-pip"], step)
    if code:
        give_up(output, "putting pip into .venv", step, f"log: {environment.log}")
