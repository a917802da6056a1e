"""Adds system packages where it may (Debian and Ubuntu, as root); elsewhere words the one command that does."""

import os
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

from installer.children import Children, give_up
from installer.progress import Step
from installer.qt_libraries import INSTALL

OS_RELEASE = Path("/etc/os-release")
APT_OPTIONS = (
    "-o", "Acquire::http::Timeout=20", "-o", "Acquire::https::Timeout=20", "-o", "Acquire::Retries=1",
    "-o", "DPkg::Lock::Timeout=120",
)  # fmt: skip
APT_LIMIT_S = 900.0


def is_debian_family(os_release: str) -> bool:
    """Whether the text of /etc/os-release says Debian, Ubuntu, or a child of theirs."""
    values = dict(line.split("=", 1) for line in os_release.splitlines() if "=" in line)
    families = f"{values.get('ID', '')} {values.get('ID_LIKE', '')}".replace('"', "").split()
    return bool({"debian", "ubuntu"} & set(families))


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def may_install() -> bool:
    """Debian or Ubuntu, as root, with apt-get."""
    text = OS_RELEASE.read_text(encoding="utf-8") if OS_RELEASE.is_file() else ""
    return is_root() and bool(shutil.which("apt-get")) and is_debian_family(text)


def command_for(manager: str, packages: Sequence[str]) -> str:
    """The one command to show, with sudo where the person is not root."""
    words = shlex.join([*INSTALL[manager], *packages])
    return words if is_root() else f"sudo {words}"


def install(children: Children, packages: Sequence[str], step: Step) -> None:
    """Install with apt-get; refreshes the lists first, since a bare machine has none. Raises SetupError."""
    quiet = Children(children.log, {**children.environment, "DEBIAN_FRONTEND": "noninteractive"}, children.inherited)
    code, output = 0, ""
    for command in (("apt-get", "update"), (*INSTALL["apt-get"], *packages)):
        # A list that can not be refreshed may still do, so only the installation's own end counts.
        code, output = quiet.run([command[0], *APT_OPTIONS, *command[1:]], step, APT_LIMIT_S)
    if code:
        give_up(output, "installing system packages", step, f"by hand: {command_for('apt-get', packages)}")
