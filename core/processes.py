"""How a process of ours is set apart from the one that starts it, on every system."""

from __future__ import annotations

import subprocess
import sys
from typing import Any


def own_session() -> dict[str, Any]:
    """The `Popen` arguments that give a child its own session, so that nothing meant for its parent reaches it."""
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS
        return {"creationflags": flags}
    return {"start_new_session": True}


def own_group() -> dict[str, Any]:
    """The `Popen` arguments that give a child its own process group, so that Ctrl-C in a terminal does not reach it."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}
