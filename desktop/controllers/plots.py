"""The plots of a run: which are wanted, at which price, and saved where."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.files import write_bytes
from core.fit.prices import prices
from desktop.controllers.controller import Controller
from desktop.intents import ChoosePlots, Intent, SaveFile
from desktop.state import AppState


class PlotsController(Controller):
    """Owns `state.plots`; reads the prices for a run that is shown before any were needed for planning."""

    step = "train"

    def handlers(self) -> dict[type[Intent], Callable[[Any], None]]:
        """Which method answers which intent."""
        return {ChoosePlots: self.choose, SaveFile: self.save}

    def choose(self, intent: ChoosePlots) -> None:
        """Remember the choice; every page that draws a run follows it."""
        self.store.update(plots=intent.choice)

    def save(self, intent: SaveFile) -> None:
        """Write the file whole or not at all; an error shows on the page in front."""
        self.background(
            lambda: write_bytes(intent.path, intent.content()),
            lambda _: None,
            busy="Saving the file",
            step=self.store.state.step,
        )

    def react(self, state: AppState, before: AppState) -> None:
        """A run tells its energy; its price is in the table."""
        if state.training is not None and before.training is None and state.prices is None:
            self.background(prices, self._show_prices, key="prices")

    def _show_prices(self, known: object) -> None:
        if self.store.state.prices is None:
            self.store.update(prices=known)
