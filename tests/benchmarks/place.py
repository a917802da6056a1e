"""Where something was measured, how busy it was there, and where the result is kept."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path


def place() -> dict[str, object]:
    """System, processor cores, load over 1, 5 and 15 minutes (None where the system does not tell), Python."""
    return {
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "load_average": [round(load, 2) for load in os.getloadavg()] if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
    }


def keep(result: Mapping[str, object], file: Path) -> None:
    """Write `result` to `file` as JSON, and say it."""
    words = json.dumps(result, indent=2) + "\n"
    file.parent.mkdir(exist_ok=True)
    file.write_text(words, encoding="utf-8")
    sys.stdout.write(words)
