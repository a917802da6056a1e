"""How a worker process is started: the interpreter, its safe path, its environment."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any


def engine_command(*arguments: str) -> list[str]:
    """The command line of an engine process. `-P` keeps a user's own `core` folder from being loaded."""
    return [sys.executable, "-P", "-m", "core.engine", *arguments]


def engine_environment() -> dict[str, str]:
    """The environment of an engine process: unbuffered, quiet, no telemetry, no window system."""
    return os.environ | {
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "TRL_EXPERIMENTAL_SILENCE": "1",
        "PYTORCH_ALLOC_CONF": os.environ.get("PYTORCH_ALLOC_CONF", "expandable_segments:True"),
    }


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
