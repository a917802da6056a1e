"""How far a run is, on the program's entry in the dock or the taskbar: over D-Bus on Linux, by COM on Windows.

The signal on D-Bus is `com.canonical.Unity.LauncherEntry.Update`, which Ubuntu's dock, KDE's task manager and Dash to
Dock listen to (wiki.ubuntu.com/Unity/LauncherAPI). Elsewhere the window's title, which the taskbar shows, says it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMainWindow

from desktop.windows_taskbar import WindowsTaskbar

PATH = "/org/tunesmith/Progress"
INTERFACE = "com.canonical.Unity.LauncherEntry"


def progress_message(share: float | None) -> tuple[str, dict[str, Any]]:
    """What is sent: which program, and how far it is; None takes the bar away."""
    entry = f"application://{QGuiApplication.desktopFileName() or 'tunesmith'}.desktop"
    return entry, {"progress": 0.0 if share is None else share, "progress-visible": share is not None}


def show_progress(share: float | None) -> None:
    """Show `share` of 1, or nothing any more."""
    if show := WAYS.get(sys.platform):
        show(share)


def _over_dbus(share: float | None) -> None:
    """Without a session bus nothing is done."""
    from PySide6.QtDBus import QDBusConnection, QDBusMessage

    bus = QDBusConnection.sessionBus()
    if bus.isConnected():
        message = QDBusMessage.createSignal(PATH, INTERFACE, "Update")
        message.setArguments(list(progress_message(share)))
        bus.send(message)


def _on_windows(share: float | None) -> None:
    for window in QApplication.topLevelWidgets():
        if isinstance(window, QMainWindow) and window.isVisible():
            _windows_taskbar.show(int(window.winId()), share)


_windows_taskbar = WindowsTaskbar()
WAYS: dict[str, Callable[[float | None], None]] = {"linux": _over_dbus, "win32": _on_windows}
"""How it is shown, by `sys.platform`; elsewhere not at all."""
