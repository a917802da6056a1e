"""Installs the chosen build of PyTorch, from the first place that has it."""

import platform
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

from installer import disk
from installer.children import give_up
from installer.distributions import torch_build
from installer.pip_calls import Pip
from installer.progress import Step
from installer.torch_choice import Source, TorchChoice, is_large, must_replace


def torch_requirement(root: Path) -> str:
    """The requirement as pyproject.toml words it: "torch~=2.13.0"."""
    with (root / "pyproject.toml").open("rb") as stream:
        dependencies = tomllib.load(stream)["project"]["dependencies"]
    return next(str(line) for line in dependencies if re.match(r"torch\b(?![-_])", line))


def first_source(sources: tuple[Source, ...], look: Callable[[str | None], str | None]) -> tuple[Source, str] | None:
    """The first source that has an acceptable build, and that build; None if none has. Each index is looked at once."""
    seen: dict[str | None, str | None] = {}
    for source in sources:
        if source.index not in seen:
            seen[source.index] = look(source.index)
        build = seen[source.index]
        if build and source.accept in ("any", "cpu" if build == "cpu" else "cuda"):
            return source, build
    return None


def install_torch(
    pip: Pip, root: Path, site_packages: Path, choice: TorchChoice, sources: tuple[Source, ...], step: Step
) -> None:
    """Make the environment hold a build that serves `choice`; does nothing if it does. Raises SetupError."""
    requirement = torch_requirement(root)
    installed = torch_build(site_packages)
    wrong = installed is not None and must_replace(installed, choice)
    if installed and not wrong and pip.is_satisfied(requirement, step):
        return
    found = first_source(sources, lambda index: pip.look(requirement, index, step))
    if found is None:
        give_up(pip.children.log.read_text(errors="replace"), "looking for PyTorch", step, f"log: {pip.children.log}")
    source, build = found
    if wrong and build == installed:
        step.note(f"keeping the {installed} build that is installed: the wanted one was not reached.")
        return
    if source.warning:
        step.note(f"warning: {source.warning}")
    disk.check(root, disk.needed_bytes(cuda=is_large(platform.system(), build), torch_installed=False))
    if wrong:
        pip.uninstall("torch", step)
    pip.install([requirement], source.index, "installing PyTorch", step)
