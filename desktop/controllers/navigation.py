"""Going to a page, and closing its error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from desktop.controllers.controller import Controller
from desktop.intents import DismissError, GoTo, Intent


class NavigationController(Controller):
    """Owns `state.step`."""

    step = "hardware"

    def handlers(self) -> dict[type[Intent], Callable[[Any], None]]:
        """Which method answers which intent."""
        return {
            GoTo: lambda intent: self.store.update(step=intent.step),
            DismissError: lambda intent: self.store.set_error(intent.step, None),
        }
