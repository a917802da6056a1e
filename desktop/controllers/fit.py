"""What fits: the recommendation, the chosen plan, the settings, and what they cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import QObject, QTimer

from core.errors import TunesmithError
from core.fit.prices import set_price_per_kwh
from core.fit.recommend import recommend
from core.fit.values import DataLengths, PlanName, Recommendation
from core.settings import TrainingSettings
from desktop.controllers.controller import Controller
from desktop.controllers.planning import (
    Consequences,
    chosen,
    consequences,
    instant_plan,
    known_plan,
    place_of,
    reviewed,
)
from desktop.intents import (
    BackToRecommended,
    ChangeSetting,
    ChangeSettings,
    ChoosePlan,
    Intent,
    RedoSettings,
    SetElectricityPrice,
    UndoSettings,
)
from desktop.settings_history import Chosen, SettingsHistory
from desktop.state import AppState, Store

REST_MS = 50  # what takes longer than a frame is worked out once the settings rest for so long


class FitController(Controller):
    """Owns `recommendation`, `plan`, `settings` and all that they cost in the state.

    Memory, speed and time follow a control within a frame; fixes and prices a moment after it rests.
    """

    step = "train"

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(store, parent)
        self._history: SettingsHistory | None = None
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._look_further)

    def stop(self) -> None:
        """The window closes."""
        self._rest.stop()

    def handlers(self) -> dict[type[Intent], Callable[[Any], None]]:
        """What can be done with settings."""
        return {
            ChoosePlan: lambda intent: self._choose_plan(intent.name),
            BackToRecommended: lambda _: self._choose_plan(None),
            ChangeSetting: lambda intent: self._change({intent.key: intent.value}, continues=intent.continues),
            ChangeSettings: lambda intent: self._change(intent.changes),
            UndoSettings: lambda _: self._move(SettingsHistory.undone),
            RedoSettings: lambda _: self._move(SettingsHistory.redone),
            SetElectricityPrice: self.set_price,
        }

    def react(self, state: AppState, before: AppState) -> None:
        """Recommend anew for another model, card or data set."""
        if state.model is not before.model:
            self._forget()
        lengths, known = state.lengths, before.lengths
        other_data = lengths is not known and lengths != known
        if state.model is not before.model or state.fit_machine is not before.fit_machine or other_data:
            self._recommend()
        elif state.rehearsals is not before.rehearsals or state.measurements is not before.measurements:
            self._review()

    def set_price(self, intent: SetElectricityPrice) -> None:
        """Keep the person's own price, and count with it."""
        self.background(lambda: set_price_per_kwh(intent.price), lambda _: self._look_further(), key="price")

    def _forget(self) -> None:
        """Another model: what was set for the one before means nothing."""
        self._history = None
        self.store.update(
            recommendation=None,
            plan=None,
            settings=None,
            estimate=None,
            instant=None,
            speed=None,
            verdict=None,
            duration=None,
            cost=None,
            prices=None,
            alternatives=(),
            note="",
            bad_settings=MappingProxyType({}),
            can_undo=False,
            can_redo=False,
        )

    def _recommend(self) -> None:
        state = self.store.state
        model, machine, lengths = state.model, state.fit_machine, list(state.lengths)
        if model is None or machine is None:
            return
        rows = DataLengths(lengths=lengths, guessed=state.dataset is None) if lengths else None
        self.background(lambda: recommend(model, machine, rows), self._recommended, key="recommend")

    def _recommended(self, found: Recommendation) -> None:
        """Keep what the person has chosen, if they have; else take what is proposed."""
        self.store.update(recommendation=found, note="")
        history = self._history
        if history is None:
            self._history = SettingsHistory.starting_with(chosen(found.plans[0]))
        elif history.now.plan != "yours":
            kept = next((plan for plan in found.plans if plan.name == history.now.plan), found.plans[0])
            self._history = SettingsHistory.starting_with(chosen(kept))
        self._show()
        self._review()

    def _review(self) -> None:
        """What rehearsals say of the plans: one that does not fit after all goes back, and the next is proposed."""
        found, place = self.store.state.recommendation, place_of(self.store.state)
        if found is None or place is None or self._history is None:
            return
        if not self.store.state.rehearsals and not self.store.state.measurements:
            return
        better, note = reviewed(found, self.store.state, place)
        if note and self._history.now.plan == found.plans[0].name:
            self._history = self._history.with_choice(chosen(better.plans[0]))
        self.store.update(recommendation=better, note=note or self.store.state.note)
        self._show()

    def _choose_plan(self, name: PlanName | None) -> None:
        found = self.store.state.recommendation
        if found is None or self._history is None:
            return
        plan = next((plan for plan in found.plans if plan.name == name), found.plans[0])
        self._history = self._history.with_choice(chosen(plan))
        self._show(bad={})

    def _change(self, changes: Mapping[str, Any], *, continues: bool = False) -> None:
        """Take the changes, or say at the control why they cannot be."""
        if self._history is None:
            return
        bad = {key: error for key, error in self.store.state.bad_settings.items() if key not in changes}
        try:
            settings = self._history.now.settings.changed(**changes)
        except TunesmithError as error:
            wrong = error.where.rpartition(".")[2]
            self.store.update(bad_settings=MappingProxyType(bad | {wrong: error}))
            return
        if settings != self._history.now.settings:
            change = self._history.with_more if continues else self._history.with_choice
            self._history = change(Chosen(self._name_of(settings), settings))
        self._show(bad=bad)

    def _name_of(self, settings: TrainingSettings) -> PlanName:
        """A plan's name if these are its settings, so that a change taken back by hand is no longer one's own."""
        found = self.store.state.recommendation
        plans = found.plans if found is not None else []
        return next((plan.name for plan in plans if plan.settings == settings), "yours")

    def _move(self, to: Callable[[SettingsHistory], SettingsHistory]) -> None:
        if self._history is not None:
            self._history = to(self._history)
            self._show(bad={})

    def _show(self, bad: Mapping[str, TunesmithError] | None = None) -> None:
        """Put the chosen settings and their cost into the state; the formulas take a fraction of a millisecond."""
        state, history, place = self.store.state, self._history, place_of(self.store.state)
        if history is None or place is None:
            return
        settings = history.now.settings
        plan = known_plan(instant_plan(history.now.plan, settings, place), state, place)
        changes: dict[str, Any] = {} if bad is None else {"bad_settings": MappingProxyType(dict(bad))}
        self.store.update(
            plan=history.now.plan,
            settings=settings,
            estimate=plan.memory,
            instant=plan.instant,
            speed=plan.speed,
            verdict=plan.verdict,
            duration=plan.duration,
            alternatives=() if plan.verdict != "does_not_fit" else state.alternatives,
            can_undo=history.can_undo,
            can_redo=history.can_redo,
            **changes,
        )
        self._rest.start()

    def _look_further(self) -> None:
        """What the settings cost in money, and what else would work where they do not fit."""
        state, place = self.store.state, place_of(self.store.state)
        if state.settings is None or state.verdict is None or place is None:
            return
        settings, duration, fits = state.settings, state.duration, state.verdict != "does_not_fit"

        def found(known: Consequences) -> None:
            now = self.store.state
            if now.settings is settings and now.duration is duration:
                wanted = known.alternatives if now.verdict == "does_not_fit" else ()
                self.store.update(cost=known.cost, prices=known.prices, alternatives=wanted)

        self.background(lambda: consequences(settings, place, duration, fits), found, key="further")
