"""The system libraries that PySide6's wheel does not bring: which are missing, and the one command that adds them.

The table was read with `readelf -d` from libQt6Core, libQt6Gui and libQt6DBus and from the platform plugins offscreen,
xcb and wayland of PySide6-Essentials 6.12.0 on Linux x86-64. Read it again when PySide6 changes.
"""

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# By library: the package on Debian and Ubuntu, and on Arch. dnf and zypper find the package by the library's own name.
CORE = {
    "libEGL.so.1": ("libegl1", "libglvnd"),
    "libGL.so.1": ("libgl1", "libglvnd"),
    "libX11.so.6": ("libx11-6", "libx11"),
    "libxkbcommon.so.0": ("libxkbcommon0", "libxkbcommon"),
    "libdbus-1.so.3": ("libdbus-1-3", "dbus"),
    "libfontconfig.so.1": ("libfontconfig1", "fontconfig"),
    "libfreetype.so.6": ("libfreetype6", "freetype2"),
    "libglib-2.0.so.0": ("libglib2.0-0", "glib2"),
    "libgthread-2.0.so.0": ("libglib2.0-0", "glib2"),
    "libz.so.1": ("zlib1g", "zlib"),
    "libzstd.so.1": ("libzstd1", "zstd"),
}
XCB = {
    "libX11-xcb.so.1": ("libx11-xcb1", "libx11"),
    "libxkbcommon-x11.so.0": ("libxkbcommon-x11-0", "libxkbcommon-x11"),
    "libxcb.so.1": ("libxcb1", "libxcb"),
    "libxcb-cursor.so.0": ("libxcb-cursor0", "xcb-util-cursor"),
    "libxcb-icccm.so.4": ("libxcb-icccm4", "xcb-util-wm"),
    "libxcb-image.so.0": ("libxcb-image0", "xcb-util-image"),
    "libxcb-keysyms.so.1": ("libxcb-keysyms1", "xcb-util-keysyms"),
    "libxcb-render-util.so.0": ("libxcb-render-util0", "xcb-util-renderutil"),
    "libxcb-util.so.1": ("libxcb-util1", "xcb-util"),
    "libxcb-glx.so.0": ("libxcb-glx0", "libxcb"),
    "libxcb-randr.so.0": ("libxcb-randr0", "libxcb"),
    "libxcb-render.so.0": ("libxcb-render0", "libxcb"),
    "libxcb-shape.so.0": ("libxcb-shape0", "libxcb"),
    "libxcb-shm.so.0": ("libxcb-shm0", "libxcb"),
    "libxcb-sync.so.1": ("libxcb-sync1", "libxcb"),
    "libxcb-xfixes.so.0": ("libxcb-xfixes0", "libxcb"),
    "libxcb-xkb.so.1": ("libxcb-xkb1", "libxcb"),
}
WAYLAND = {
    "libwayland-client.so.0": ("libwayland-client0", "wayland"),
    "libwayland-cursor.so.0": ("libwayland-cursor0", "wayland"),
    "libwayland-egl.so.1": ("libwayland-egl1", "wayland"),
}
ALL = CORE | XCB | WAYLAND

FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
FONT_ENDINGS = (".ttf", ".otf", ".ttc", ".pfb")
FONT_PACKAGES = {
    "apt-get": "fonts-dejavu-core",
    "dnf": "dejavu-sans-fonts",
    "pacman": "ttf-dejavu",
    "zypper": "dejavu-fonts",
}

LOADS = """
import ctypes, sys
for name in sys.argv[1:]:
    try:
        ctypes.CDLL(name)
    except OSError:
        print(name)
"""
LOAD_LIMIT_S = 30.0

INSTALL = {
    "apt-get": ("apt-get", "install", "-y", "--no-install-recommends"),
    "dnf": ("dnf", "install", "-y"),
    "pacman": ("pacman", "-S", "--needed", "--noconfirm"),
    "zypper": ("zypper", "--non-interactive", "install"),
}


@dataclass(frozen=True)
class Missing:
    """What Qt lacks on this computer."""

    libraries: tuple[str, ...]
    font: bool

    def __bool__(self) -> bool:
        return bool(self.libraries) or self.font


def unloadable(python: Path, names: Iterable[str]) -> set[str]:
    """Those of `names` that `python` can not load; asked in a child, so that nothing loaded stays here."""
    command = [str(python), "-I", "-c", LOADS, *names]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LOAD_LIMIT_S, check=True)
    return set(done.stdout.split())


def needed_but_missing(unloadable_names: set[str], environment: Mapping[str, str]) -> tuple[str, ...]:
    """The libraries to add: Qt's own always, and those of one way to a screen, if there is one and none is complete."""
    screens = []
    if not environment.get("QT_QPA_PLATFORM", "").startswith(("offscreen", "minimal")):
        screens = [XCB] if environment.get("DISPLAY") else []
        screens += [WAYLAND] if environment.get("WAYLAND_DISPLAY") else []
    lacking = [[name for name in screen if name in unloadable_names] for screen in screens]
    screen = lacking[0] if lacking and all(lacking) else []
    return tuple([name for name in CORE if name in unloadable_names] + screen)


def has_font(folders: Sequence[str] = FONT_FOLDERS) -> bool:
    """Whether any font file is where fontconfig looks; without one Qt draws boxes."""
    return any(
        name.lower().removesuffix(".gz").endswith(FONT_ENDINGS)
        for folder in folders
        for _, _, names in os.walk(Path(folder).expanduser())
        for name in names
    )


def find_missing(python: Path, environment: Mapping[str, str]) -> Missing:
    """Look at this computer."""
    return Missing(needed_but_missing(unloadable(python, ALL), environment), not has_font())


def package_manager() -> str | None:
    """The first known package manager on the search path."""
    return next((name for name in INSTALL if shutil.which(name)), None)


def packages(missing: Missing, manager: str) -> list[str]:
    """What to ask `manager` for, without repetition."""
    if manager in ("dnf", "zypper"):
        names = [f"{library}()(64bit)" for library in missing.libraries]
    else:
        names = [ALL[library][("apt-get", "pacman").index(manager)] for library in missing.libraries]
    return list(dict.fromkeys(names + ([FONT_PACKAGES[manager]] if missing.font else [])))
