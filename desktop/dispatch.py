"""Brings every intent to the one controller that answers it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import QObject

from desktop.controllers.controller import Controller
from desktop.intents import Intent
from desktop.state import Store


class Dispatcher(QObject):
    """Holds the controllers. Until they are there, intents wait."""

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._handlers: dict[type[Intent], Callable[[Any], None]] = {}
        self._waiting: list[Intent] = []
        self.controllers: list[Controller] = []

    def start(self, classes: Iterable[type[Controller]]) -> None:
        """Make the controllers, start them, and answer what has waited."""
        self.controllers = [made(self._store, self) for made in classes]
        for controller in self.controllers:
            self._handlers |= controller.handlers()
            controller.intent.connect(self.dispatch)
        for controller in self.controllers:
            controller.start()
        waiting, self._waiting = self._waiting, []
        for intent in waiting:
            self.dispatch(intent)

    def dispatch(self, intent: Intent) -> None:
        """Answer `intent`."""
        if not self.controllers:
            self._waiting.append(intent)
        else:
            self._handlers[type(intent)](intent)

    def stop(self) -> None:
        """End what the controllers hold; nothing is answered from now on."""
        for controller in self.controllers:
            controller.stop()
