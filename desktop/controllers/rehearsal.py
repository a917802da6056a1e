"""Rehearsals: the real training step of the settings, run without numbers in a warm worker while the settings rest."""

from __future__ import annotations

from types import MappingProxyType

from PySide6.QtCore import QObject, QThreadPool, QTimer

from core.errors import TunesmithError
from core.tasks.rehearse import Rehearser, Result
from desktop.controllers.controller import Controller
from desktop.controllers.planning import place_of, rehearsal_key
from desktop.rehearsing import NOT_REHEARSED, Rehearsing
from desktop.state import AppState, Step, Store

REST_MS = 700  # how long the settings must have been still
POLL_MS = 60
SHOWN_ON: tuple[Step, ...] = ("model", "train")


class RehearsalController(Controller):
    """Owns `rehearsals` and `rehearsing` of the state.

    Results are never dropped, since their keys say of which model, settings and kind of card they are. The settings of
    the moment are rehearsed: at once for another model or card, else when they have rested; after them, the plans that
    are offered. Only while a page is in front that shows it, and not while a run needs the computer.
    """

    step = "train"

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(store, parent)
        self._rehearser = Rehearser()
        self._wanted = ""
        self._failed: dict[str, TunesmithError] = {}
        self._rest = QTimer(self, singleShot=True)
        self._rest.timeout.connect(self._ask)
        self._listen = QTimer(self, interval=POLL_MS)
        self._listen.timeout.connect(self._poll)

    def stop(self) -> None:
        """The window closes."""
        self._rest.stop()
        self._listen.stop()
        self._let_go()

    def react(self, state: AppState, before: AppState) -> None:
        """Begin anew for another model or card; for other settings or rows, wait until they rest."""
        other_place = state.model is not before.model or state.fit_machine is not before.fit_machine
        if state.active is not None and before.active is None:
            self._let_go()
        came = state.step in SHOWN_ON and before.step not in SHOWN_ON
        worked = (state.active is None) != (before.active is None)
        others = state.settings is not before.settings or state.dataset is not before.dataset
        if other_place or came or worked or others:
            self._consider(at_once=before.settings is None or other_place or came)

    def _consider(self, *, at_once: bool) -> None:
        """Show what is known of the settings of now; else let them rest, and then ask."""
        state = self.store.state
        self._rest.stop()
        self._wanted = ""
        place = place_of(state)
        if place is None or state.settings is None:
            self.store.update(rehearsing=NOT_REHEARSED)
            return
        key = rehearsal_key(place, state.settings)
        known, error = state.rehearsals.get(key), self._failed.get(key)
        if known is not None:
            self.store.update(rehearsing=Rehearsing("done", result=known))
        elif error is not None:
            self.store.update(rehearsing=Rehearsing("failed", error.why))
        elif state.active is not None:
            self.store.update(rehearsing=Rehearsing("later"))
        elif state.step in SHOWN_ON:
            self._wanted = key
            self.store.update(rehearsing=Rehearsing("running"))
            self._rest.start(0 if at_once else REST_MS)
        else:
            self.store.update(rehearsing=NOT_REHEARSED)

    def _ask(self) -> None:
        state = self.store.state
        place = place_of(state)
        if place is None or state.settings is None:
            return
        try:
            key, known = self._rehearser.ask(place.model, place.at_longest(state.settings), place.machine)
        except TunesmithError as error:
            self._take(Result(self._wanted, None, error))
            return
        if known is not None:
            self._take(Result(key, known, None))
        if known is None or self._go_on():
            self._listen.start()

    def _poll(self) -> None:
        try:
            results = self._rehearser.poll()
        except TunesmithError as error:  # a result that cannot be kept
            results = [Result(self._wanted, None, error)]
        for result in results:
            self._take(result)
        if not self._rehearser.busy and not self._go_on():
            self._listen.stop()

    def _go_on(self) -> bool:
        """Nothing else is wanted: rehearse the plans that are offered, so that their figures are of one depth. Whether
        one was begun."""
        state, place = self.store.state, place_of(self.store.state)
        if self._wanted or place is None or state.recommendation is None:
            return False
        for plan in state.recommendation.plans:
            key = rehearsal_key(place, plan.settings)
            if key in self.store.state.rehearsals or key in self._failed:
                continue
            try:
                _, known = self._rehearser.ask(place.model, place.at_longest(plan.settings), place.machine)
            except TunesmithError as error:
                self._take(Result(key, None, error))
                continue
            if known is None:
                return True
            self._take(Result(key, known, None))
        return False

    def _take(self, result: Result) -> None:
        """Keep what came; it is shown only if it is of the settings of now."""
        if result.error is not None and result.error.code != "worker.died":
            self._failed[result.key] = result.error
        elif result.rehearsal is not None:
            known = {**self.store.state.rehearsals, result.key: result.rehearsal}
            self.store.update(rehearsals=MappingProxyType(known))
        if result.key == self._wanted:
            self._wanted = ""
            self.store.update(rehearsing=_ended(result))

    def _let_go(self) -> None:
        """End the worker, in a thread that the process waits for; the next question starts another."""
        old, self._rehearser = self._rehearser, Rehearser()
        self._rest.stop()
        self._listen.stop()
        self._wanted = ""
        QThreadPool.globalInstance().start(old.close)


def _ended(result: Result) -> Rehearsing:
    if result.error is not None:
        return Rehearsing("failed", result.error.why)
    return Rehearsing("done", result=result.rehearsal)
