"""How far a run is, on the program's entry in the dock or the taskbar, where the desktop takes that over D-Bus.

The signal is `com.canonical.Unity.LauncherEntry.Update`, which Ubuntu's dock, KDE's task manager and Dash to Dock
listen to (wiki.ubuntu.com/Unity/LauncherAPI). Elsewhere the window's title, which the taskbar shows, says it.
"""

from __future__ import annotations

import sys
from typing import Any

from PySide6.QtGui import QGuiApplication

PATH = "/org/tunesmith/Progress"
INTERFACE = "com.canonical.Unity.LauncherEntry"


def progress_message(share: float | None) -> tuple[str, dict[str, Any]]:
    """What is sent: which program, and how far it is; None takes the bar away."""
    entry = f"application://{QGuiApplication.desktopFileName() or 'tunesmith'}.desktop"
    return entry, {"progress": 0.0 if share is None else share, "progress-visible": share is not None}


def show_progress(share: float | None) -> None:
    """Show `share` of 1, or nothing any more. Without a session bus nothing is done."""
    if sys.platform != "linux":
        return
    from PySide6.QtDBus import QDBusConnection, QDBusMessage

    bus = QDBusConnection.sessionBus()
    if bus.isConnected():
        message = QDBusMessage.createSignal(PATH, INTERFACE, "Update")
        message.setArguments(list(progress_message(share)))
        bus.send(message)
