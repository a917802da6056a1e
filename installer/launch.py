"""What is started at the end: the window, the same job in the terminal, or the tests."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

# A file's tests stay in one process, where they share what they prepare; the order is that of tests/conftest.py.
TOGETHER = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
SCREENLESS = ("offscreen", "minimal")
# They would let modules from elsewhere stand in for those of the checkout or of .venv.
FOREIGN = ("PYTHONPATH", "PYTHONHOME", "__PYVENV_LAUNCHER__")


def has_screen(environment: Mapping[str, str], system: str) -> bool:
    """Whether a window can be shown; `system` is `platform.system()`."""
    if environment.get("QT_QPA_PLATFORM", "").startswith(SCREENLESS):
        return False
    if system == "Linux":
        return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))
    return True


def own_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for every child, without what would mix another Python's modules in."""
    return {name: value for name, value in environment.items() if name not in FOREIGN}


def application(python: Path, arguments: Sequence[str], screen: bool) -> list[str]:
    """The command that opens the window, or does the main job in the terminal where there is no screen.

    -P keeps the current folder off the module path: the person may stand in one that holds another `core`.
    """
    module = ["desktop"] if screen else ["core.cli", "demo"]
    return [str(python), "-P", "-m", *module, *arguments]


def tests(python: Path, arguments: Sequence[str]) -> list[str]:
    """The command that runs the tests, all of them in two processes; to be started in the checkout."""
    return [str(python), "-m", "pytest", *(arguments or TOGETHER)]


def hand_over(command: Sequence[str], environment: Mapping[str, str], folder: Path | None = None) -> int:
    """Become `command`; returns its exit code where a process can not become another one."""
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name != "nt":
        if folder:
            os.chdir(folder)
        os.execve(command[0], list(command), dict(environment))
    return subprocess.call(list(command), env=dict(environment), cwd=folder)
