"""The controllers: each turns some intents into calls of core, off the UI thread, and stores what comes back.

To add one: write a subclass of `desktop.controllers.controller.Controller` in its own file here and add one line below.
Controllers are imported after the window's first paint.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop.controllers.controller import Controller

CONTROLLERS: tuple[tuple[str, str], ...] = (
    ("desktop.controllers.navigation", "NavigationController"),
    ("desktop.controllers.machine", "MachineController"),
    ("desktop.controllers.runs", "RunsController"),
    ("desktop.controllers.model", "ModelController"),
    ("desktop.controllers.data", "DataController"),
    ("desktop.controllers.guessed_data", "GuessedDataController"),
    ("desktop.controllers.fit", "FitController"),
    ("desktop.controllers.rehearsal", "RehearsalController"),
    ("desktop.controllers.measuring", "MeasuringController"),
    ("desktop.controllers.training", "TrainingController"),
    ("desktop.controllers.queue", "QueueController"),
    ("desktop.controllers.sweeps", "SweepsController"),
    ("desktop.controllers.notice", "NoticeController"),
    ("desktop.controllers.plots", "PlotsController"),
    ("desktop.controllers.next_run", "NextRunController"),
    ("desktop.controllers.lr_range", "RateController"),
    ("desktop.controllers.chat", "ChatController"),
)


def controller_classes() -> list[type[Controller]]:
    """Every controller's class, imported now."""
    return [getattr(importlib.import_module(module), name) for module, name in CONTROLLERS]
