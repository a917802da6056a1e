"""Every training setting, declared once.

The job file, `--set KEY=VALUE`, the window's controls with their tooltips and the reference page all derive from the
fields in `groups`. To add a setting, add one field to the file of its group.
"""

from __future__ import annotations

from core.settings.building import build, from_pairs
from core.settings.declared import TrainingSettings
from core.settings.described import SETTINGS, Setting

__all__ = ["SETTINGS", "Setting", "TrainingSettings", "build", "from_pairs"]
