"""A page with the controllers that answer it and nothing else: real widgets, a real store, real workers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pytestqt.qtbot import QtBot

from desktop.controllers.controller import Controller
from desktop.dispatch import Dispatcher
from desktop.intents import Intent
from desktop.pages.page import Page
from desktop.state import AppState, Store

SIZE = (880, 668)
"""What a page has of the smallest window."""


class Bench:
    """One page in front.

    Attributes:
        asked: every intent that the page sent.
    """

    def __init__(self, page: Page, controllers: Sequence[type[Controller]], state: AppState) -> None:
        self.store = Store(state)
        self.page = page
        self.asked: list[Intent] = []
        self.dispatcher = Dispatcher(self.store)
        page.intent.connect(self._on_intent)
        self.store.changed.connect(lambda now, before: page.show_state(now))
        page.show_state(state)
        self.dispatcher.start(controllers)

    @property
    def state(self) -> AppState:
        return self.store.state

    def dispatch(self, intent: Intent) -> None:
        """As if it came from elsewhere in the window."""
        self.dispatcher.dispatch(intent)

    def _on_intent(self, intent: Intent) -> None:
        self.asked.append(intent)
        if type(intent) in self.dispatcher._handlers:
            self.dispatcher.dispatch(intent)


@contextmanager
def bench(qtbot: QtBot, page: Page, *controllers: type[Controller], **state: Any) -> Iterator[Bench]:
    """The page shown in the smallest window's size, with `controllers` started; all of it ended afterwards."""
    qtbot.addWidget(page)
    page.resize(*SIZE)
    made = Bench(page, controllers, AppState(step=page.step, **state))
    page.show()
    qtbot.waitExposed(page)
    try:
        yield made
    finally:
        made.dispatcher.stop()
        made.dispatcher.deleteLater()
        made.store.deleteLater()
