"""How a worker process is started: the interpreter, its safe path, its environment."""

from __future__ import annotations

import os
import sys


def engine_command(*arguments: str) -> list[str]:
    """The command line of an engine process. `-P` keeps a user's own `core` folder from being loaded."""
    return [sys.executable, "-P", "-m", "core.engine", *arguments]


def module_command(module: str, *arguments: str) -> list[str]:
    """The command line of a process of ours that is no engine: it leads others and loads nothing heavy."""
    return [sys.executable, "-P", "-m", module, *arguments]


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
