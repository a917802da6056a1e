"""From the command line to the running application: what is done, in which order, and what it says when it can not."""

import errno
import os
import platform
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from installer import disk, distributions, launch, nvidia, qt_libraries, system_packages, torch_choice
from installer.children import Children
from installer.environment import Environment, mend
from installer.failures import SetupError
from installer.lock import only_one
from installer.pip_calls import Pip
from installer.progress import Progress, Step
from installer.qt_libraries import Missing
from installer.stamp import READY, Stamp, read_stamp, wanted_stamp, write_stamp
from installer.torch_choice import TorchChoice
from installer.torch_step import install_torch

ROOT = Path(__file__).resolve().parent.parent
USAGE = """usage: python3 installer/bootstrap.py run  [arguments for the application]
       python3 installer/bootstrap.py test [-- arguments for pytest]

run   sets everything up and opens Tunesmith; without a screen it does the main job in the terminal
test  sets everything up and runs the tests"""
INTERRUPTED = 130


def parse(arguments: Sequence[str]) -> tuple[str, list[str]] | None:
    """The command and what is passed on; None for anything else."""
    if not arguments or arguments[0] not in ("run", "test"):
        return None
    rest = list(arguments[1:])
    return arguments[0], rest[1:] if rest[:1] == ["--"] else rest


def main(arguments: Sequence[str]) -> int:
    """Set up and start; returns the exit code."""
    parsed = parse(arguments)
    if parsed is None:
        wants_help = list(arguments[:1]) in (["-h"], ["--help"])
        print(USAGE, file=sys.stdout if wants_help else sys.stderr)
        return 0 if wants_help else 2
    command, rest = parsed
    # A polite end from outside leaves as little behind as Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        environment = set_up(ROOT, command)
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again: it goes on from here.", file=sys.stderr)
        return INTERRUPTED
    except SetupError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: {_system_words(error)}", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    return _start(environment, command, rest)


def _system_words(error: OSError) -> str:
    place = error.filename or ROOT
    if error.errno == errno.ENOSPC:
        return f"the disk is full ({place}). Free some space and run the same command again."
    if isinstance(error, PermissionError):
        return f"no permission to write {place}. Use a checkout that belongs to you, and close what uses it."
    return f"{error.strerror or error} ({place})."


def set_up(root: Path, command: str) -> Environment:
    """Make everything ready for `command`, or find that it is. Raises SetupError."""
    started_s = time.monotonic()
    environment = Environment(root / ".venv")
    environment.folder.mkdir(exist_ok=True)
    system = platform.system()
    qt_is_needed = system == "Linux" and (command == "test" or launch.has_screen(os.environ, system))
    with only_one(environment.lock) as held:
        children = Children(environment.log, launch.own_environment(os.environ), (held,))
        choice = torch_choice.choose(system, nvidia.detect(system))
        extras = ("dev",) if command == "test" else ()
        earlier = read_stamp(environment.stamp)
        progress = Progress(total=3 + qt_is_needed)
        if _is_ready(environment, earlier, root, choice, extras):
            progress.total = 1
            qt_is_needed = qt_is_needed and bool(_missing_for_qt(environment, command))
        else:
            _install(environment, children, progress, earlier, root, choice, extras)
        if qt_is_needed:
            with progress.step("Checking the system libraries that Qt needs") as step:
                _add_for_qt(_missing_for_qt(environment, command), children, step)
    print(f"Tunesmith is ready ({time.monotonic() - started_s:.1f} s).", flush=True)
    return environment


def _is_ready(
    environment: Environment, earlier: Stamp | None, root: Path, choice: TorchChoice, extras: tuple[str, ...]
) -> bool:
    version = environment.answer() if earlier else None
    if earlier is None or version is None:
        return False
    site_packages = environment.site_packages(version)
    wanted = wanted_stamp(root, _dotted(version), choice.build, extras)
    present = distributions.installed(site_packages)
    return earlier.serves(wanted, present) and not distributions.damaged(site_packages)


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def _install(
    environment: Environment, children: Children, progress: Progress, earlier: Stamp | None, root: Path,
    choice: TorchChoice, extras: tuple[str, ...],
) -> None:  # fmt: skip
    if earlier and earlier.state != READY:
        print("An earlier set-up was interrupted: repairing it, what is complete is kept.", flush=True)
    environment.log.write_bytes(b"")
    with progress.step("Preparing .venv") as step:
        # A run adds to what a test installed before, and never takes it away.
        extras = tuple(sorted({*extras, *(earlier.extras if earlier else ())}))
        _announce(choice, step)
        _check_room(environment, root, choice)
        write_stamp(environment.stamp, wanted_stamp(root, "", choice.build, extras))
        version = mend(environment, children, step)
    site_packages = environment.site_packages(version)
    pip = Pip(environment.python, children)
    with progress.step(f"Installing PyTorch ({choice.title})") as step:
        install_torch(pip, root, site_packages, choice, torch_choice.sources(platform.system(), choice), step)
    with progress.step("Installing Tunesmith and what it needs") as step:
        checkout = f"{root}[{','.join(extras)}]" if extras else str(root)
        pip.install(["--editable", checkout], None, "installing Tunesmith", step)
    wanted = wanted_stamp(root, _dotted(version), choice.build, extras)
    done = Stamp(**{**vars(wanted), "state": READY, "distributions": distributions.installed(site_packages)})
    write_stamp(environment.stamp, done)


def _announce(choice: TorchChoice, step: Step) -> None:
    step.note(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {choice.reason}.")
    if choice.note:
        step.note(f"warning: {choice.note}")


def _check_room(environment: Environment, root: Path, choice: TorchChoice) -> None:
    version = environment.answer()
    has_torch = version is not None and distributions.torch_build(environment.site_packages(version)) is not None
    disk.check(root, disk.needed_bytes(choice.is_cuda, has_torch))


def _missing_for_qt(environment: Environment, command: str) -> Missing:
    variables = {**os.environ, "QT_QPA_PLATFORM": "offscreen"} if command == "test" else os.environ
    return qt_libraries.find_missing(environment.python, variables)


def _add_for_qt(missing: Missing, children: Children, step: Step) -> None:
    if not missing:
        return
    manager = qt_libraries.package_manager()
    names = qt_libraries.packages(missing, manager) if manager else []
    if manager == "apt-get" and system_packages.may_install():
        step.note(f"Installing {', '.join(names)}.")
        system_packages.install(children, names, step)
        return
    remedy = f"Run: {system_packages.command_for(manager, names)}" if manager else "Add them with your system's tools."
    if missing.libraries:
        raise SetupError(f"Qt needs {', '.join(missing.libraries)}{' and a font' if missing.font else ''}. {remedy}")
    step.note(f"warning: no font was found, so texts will show as boxes. {remedy}")


def _start(environment: Environment, command: str, rest: list[str]) -> int:
    variables = launch.own_environment(os.environ)
    if command == "test":
        variables.setdefault("QT_QPA_PLATFORM", "offscreen")
        return launch.hand_over(launch.tests(environment.python, rest), variables, ROOT)
    screen = launch.has_screen(os.environ, platform.system())
    if not screen:
        print("There is no screen: doing the main job here, in the terminal.", flush=True)
    return launch.hand_over(launch.application(environment.python, rest, screen), variables)
