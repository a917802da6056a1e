"""Disk, screen, system libraries and the lock: what the machine has and what is said when it has not."""

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from installer import children, disk, qt_libraries, system_packages
from installer.children import Children, current_action, give_up, last_line
from installer.failures import SetupError, explain
from installer.launch import application, has_screen, own_environment
from installer.lock import only_one
from installer.pip_calls import DOWNLOADING_WHEEL, local_version
from installer.progress import Progress
from installer.qt_libraries import CORE, WAYLAND, XCB, Missing, needed_but_missing, packages

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 300.0
# What the wheel brings itself, and what Python and its compiled packages need anyway.
WITH_PYTHON = (
    "libQt6",
    "libicu",
    "libc.",
    "libm.",
    "libdl.",
    "librt.",
    "libpthread.",
    "libstdc++.",
    "libgcc_s.",
    "ld-",
)


def test_too_little_disk_says_what_is_needed_and_what_is_free(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"needs 4 GiB and .* has 1\.5 GiB free"):
        disk.check(tmp_path, disk.needed_bytes(cuda=False, torch_installed=False), lambda folder: 3 * disk.GIB // 2)
    with pytest.raises(SetupError, match="needs 12 GiB"):
        disk.check(tmp_path, disk.needed_bytes(cuda=True, torch_installed=False), lambda folder: 8 * disk.GIB)
    disk.check(tmp_path, disk.needed_bytes(cuda=True, torch_installed=True), lambda folder: 2 * disk.GIB)


@pytest.mark.parametrize(
    ("variables", "system", "screen"),
    [
        ({}, "Linux", False),
        ({"DISPLAY": ":0"}, "Linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "Linux", True),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, "Linux", False),
        ({"DISPLAY": ""}, "Linux", False),
        ({}, "Windows", True),
        ({}, "Darwin", True),
        ({"QT_QPA_PLATFORM": "offscreen"}, "Windows", False),
    ],
)
def test_the_window_opens_only_where_there_is_a_screen(variables: dict[str, str], system: str, screen: bool) -> None:
    assert has_screen(variables, system) is screen


def test_arguments_reach_the_application_and_the_current_folder_stays_off_the_module_path() -> None:
    python = Path("python")
    assert application(python, ["--home", "x"], screen=True) == ["python", "-P", "-m", "desktop", "--home", "x"]
    assert application(python, ["--json"], screen=False) == ["python", "-P", "-m", "core.cli", "demo", "--json"]
    assert own_environment({"PYTHONPATH": "/elsewhere", "HOME": "/h"}) == {"HOME": "/h"}


def test_qt_asks_for_what_its_way_to_the_screen_needs_and_no_more() -> None:
    lacking = {"libEGL.so.1", "libxcb-cursor.so.0", "libwayland-cursor.so.0"}
    assert needed_but_missing(lacking, {}) == ("libEGL.so.1",)
    assert needed_but_missing(lacking, {"DISPLAY": ":0"}) == ("libEGL.so.1", "libxcb-cursor.so.0")
    assert needed_but_missing(lacking, {"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}) == ("libEGL.so.1",)
    both = {"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}
    assert needed_but_missing({"libxcb-cursor.so.0"}, both) == (), "Wayland's libraries are complete"
    assert needed_but_missing(set(), both) == ()


def test_each_package_manager_is_asked_in_its_own_words() -> None:
    missing = Missing(("libgthread-2.0.so.0", "libglib-2.0.so.0", "libxcb-icccm.so.4"), font=True)
    assert packages(missing, "apt-get") == ["libglib2.0-0", "libxcb-icccm4", "fonts-dejavu-core"]
    assert packages(missing, "pacman") == ["glib2", "xcb-util-wm", "ttf-dejavu"]
    assert packages(missing, "dnf")[-2:] == ["libxcb-icccm.so.4()(64bit)", "dejavu-sans-fonts"]


def test_the_one_command_can_be_pasted_into_a_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_packages, "is_root", lambda: False)
    assert system_packages.command_for("dnf", ["libEGL.so.1()(64bit)"]) == "sudo dnf install -y 'libEGL.so.1()(64bit)'"
    assert system_packages.may_install() is False


def test_children_of_debian_are_known() -> None:
    assert system_packages.is_debian_family('NAME="Debian GNU/Linux"\nID=debian\n')
    assert system_packages.is_debian_family('ID=linuxmint\nID_LIKE="ubuntu debian"\n')
    assert not system_packages.is_debian_family("ID=fedora\n")


@pytest.mark.skipif(shutil.which("readelf") is None, reason="reads ELF files with binutils")
def test_the_table_names_every_library_that_the_installed_qt_asks_for() -> None:
    import PySide6

    folder = Path(PySide6.__path__[0]) / "Qt"
    qt = ("lib/libQt6Core.so.6", "lib/libQt6Gui.so.6", "lib/libQt6DBus.so.6", "plugins/platforms/libqoffscreen.so")
    asked = (
        (CORE, qt),
        (CORE | XCB, ("lib/libQt6XcbQpa.so.6", "plugins/platforms/libqxcb.so")),
        (CORE | WAYLAND, ("lib/libQt6WaylandClient.so.6", "plugins/platforms/libqwayland.so")),
    )
    for table, files in asked:
        for file in files:
            needed = {name for name in needed_by(folder / file) if not name.startswith(WITH_PYTHON)}
            assert needed
            assert needed <= set(table), file


def needed_by(file: Path) -> set[str]:
    """The system libraries that an ELF file names, by the system's own reader."""
    done = subprocess.run(["readelf", "-d", str(file)], capture_output=True, text=True, check=True, timeout=PATIENCE_S)
    return {line.split("[")[1].rstrip("]") for line in done.stdout.splitlines() if "(NEEDED)" in line}


@pytest.mark.skipif(sys.platform != "linux", reason="loads Linux libraries")
def test_a_library_that_is_not_there_is_found_missing() -> None:
    assert qt_libraries.unloadable(Path(sys.executable), ["libc.so.6", "libnot-there.so.9"]) == {"libnot-there.so.9"}


def test_a_font_is_found_wherever_it_lies(tmp_path: Path) -> None:
    assert not qt_libraries.has_font([str(tmp_path), str(tmp_path / "absent")])
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "Some.TTF").write_bytes(b"")
    assert qt_libraries.has_font([str(tmp_path)])


HOLD = """
import sys, time
from pathlib import Path
from installer.lock import only_one
with only_one(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_two_set_ups_do_not_work_at_once_and_a_killed_one_frees_the_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "setup.lock"
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(SetupError, match="another set-up"), only_one(path, patience_s=0.1):
        pass
    assert "waiting for it" in capsys.readouterr().out
    holder.kill()
    holder.wait(timeout=PATIENCE_S)
    with only_one(path, patience_s=PATIENCE_S):
        pass


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("OSError: [Errno 28] No space left on device", "the disk ran full"),
        ("NewConnectionError('... Failed to establish a new connection: [Errno 111]')", "no network"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]')", "certificate"),
        ("ERROR: No matching distribution found for torch~=2.13.0", "no torch~=2.13.0 was found"),
    ],
)
def test_pips_failures_become_one_line(output: str, words: str) -> None:
    line = explain(output, "installing PyTorch")
    assert line is not None
    assert words in line
    assert "\n" not in line


def test_a_failure_that_nobody_knows_shows_the_last_words(capsys: pytest.CaptureFixture[str]) -> None:
    step = Progress(1).step("Installing")
    with pytest.raises(SetupError, match=r"installing failed; .* \(log: here\)"), step as shown:
        give_up("first\nsomething odd\n", "installing", shown, "log: here")
    assert "    something odd" in capsys.readouterr().out


class LogClock:
    """A clock that jumps far ahead once the log ends with a word, however long that takes."""

    def __init__(self, log: Path, word: str) -> None:
        self._log, self._word = log, word

    def monotonic(self) -> float:
        return 100.0 if self._log.read_text().endswith(self._word) else 0.0


def test_a_child_past_its_time_is_ended_and_what_it_wrote_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    monkeypatch.setattr(children, "time", LogClock(log, "hello\n"))
    with Progress(1).step("Waiting") as step:
        command = [sys.executable, "-c", "import time; print('hello', flush=True); time.sleep(600)"]
        code, output = Children(log, os.environ).run(command, step, limit_s=3)
    assert code == 124
    assert output == "hello\n"


def test_a_look_stops_before_a_large_download(tmp_path: Path) -> None:
    look = Children(tmp_path / "log", os.environ)
    line = "  Downloading https://host/torch-2.13.0%2Bcu126-cp311-cp311-linux_x86_64.whl (2526.6 MB)"
    script = f"import time; print('torch-2.13.0.whl.metadata (29 kB)'); print({line!r}, flush=True); time.sleep(600)"
    with Progress(1).step("Looking") as step:
        code, output = look.run([sys.executable, "-c", script], step, PATIENCE_S, until=DOWNLOADING_WHEEL)
    match = DOWNLOADING_WHEEL.search(output)
    assert code == 124
    assert match is not None
    assert local_version(match[1]) == "cu126"
    assert not DOWNLOADING_WHEEL.search("  Downloading torch-2.13.0-cp311-cp311-linux_x86_64.whl.metadata (29 kB)")


def test_the_log_says_what_pip_is_at(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("Collecting x\n  Downloading https://host/a/b/torch-2.13.0.whl (190.1 MB)\n")
    assert current_action(last_line(log)) == "Downloading torch-2.13.0.whl (190.1 MB)"
    assert current_action("Installing collected packages: a, b, c") == "Installing"
    log.write_text("")
    assert current_action(last_line(log)) == ""


class Terminal(io.StringIO):
    """A terminal that keeps what was written to it."""

    def isatty(self) -> bool:
        return True


def test_steps_show_their_number_and_their_seconds_live_on_a_terminal_and_in_lines_elsewhere() -> None:
    now_s = [0.0]
    terminal, pipe = Terminal(), io.StringIO()
    for out in (terminal, pipe):
        now_s[0] = 0.0
        with Progress(6, out, lambda: now_s[0]).step("Installing PyTorch (CPU build)") as step:
            now_s[0] = 42.0
            step.tick()
    assert "\r[1/6] Installing PyTorch (CPU build) ... 42 s" in terminal.getvalue()
    assert pipe.getvalue().splitlines() == [
        "[1/6] Installing PyTorch (CPU build) ...",
        "[1/6] Installing PyTorch (CPU build) ... 42 s so far",
        "[1/6] Installing PyTorch (CPU build) ... 42 s",
    ]
