"""Where something was measured, and how busy it was there."""

from __future__ import annotations

import os
import platform


def place() -> dict[str, object]:
    """System, processor cores, load over 1, 5 and 15 minutes (None where the system does not tell), Python."""
    return {
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "load_average": [round(load, 2) for load in os.getloadavg()] if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
    }
