"""What fits: the recommendation, the chosen plan, the settings, and what they cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import QObject

from core.errors import TunesmithError
from core.fit import rules
from core.fit.alternatives import alternatives_to
from core.fit.duration import duration_of
from core.fit.estimate import estimate
from core.fit.recommend import recommend
from core.fit.roofline import speed_of
from core.fit.values import Alternative, DataLengths, FitMachine, Plan, PlanName, Recommendation
from core.models.spec import ModelSpec
from core.settings import TrainingSettings
from desktop.controllers.controller import Controller
from desktop.intents import (
    BackToRecommended,
    ChangeSetting,
    ChangeSettings,
    ChoosePlan,
    Intent,
    RedoSettings,
    UndoSettings,
)
from desktop.settings_history import Chosen, SettingsHistory
from desktop.state import AppState, Store


class FitController(Controller):
    """Owns `recommendation`, `plan`, `settings` and all that they cost in the state."""

    step = "train"

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(store, parent)
        self._history: SettingsHistory | None = None

    def handlers(self) -> dict[type[Intent], Callable[[Any], None]]:
        """What can be done with settings."""
        return {
            ChoosePlan: lambda intent: self._choose_plan(intent.name),
            BackToRecommended: lambda _: self._choose_plan(None),
            ChangeSetting: lambda intent: self._change({intent.key: intent.value}),
            ChangeSettings: lambda intent: self._change(intent.changes),
            UndoSettings: lambda _: self._move(SettingsHistory.undone),
            RedoSettings: lambda _: self._move(SettingsHistory.redone),
        }

    def react(self, state: AppState, before: AppState) -> None:
        """Recommend anew for another model, card or data set."""
        if state.model is not before.model:
            self._forget()
        lengths, known = _lengths(state), _lengths(before)
        if state.model is not before.model or state.fit_machine is not before.fit_machine or lengths != known:
            self._recommend()

    def _forget(self) -> None:
        """Another model: what was set for the one before means nothing."""
        self._history = None
        self.store.update(
            recommendation=None,
            plan=None,
            settings=None,
            estimate=None,
            speed=None,
            verdict=None,
            duration=None,
            alternatives=(),
            bad_settings=MappingProxyType({}),
            can_undo=False,
            can_redo=False,
        )

    def _recommend(self) -> None:
        state = self.store.state
        model, machine, lengths = state.model, state.fit_machine, _lengths(state)
        if model is None or machine is None:
            return
        rows = DataLengths(lengths=lengths) if lengths else None
        self.background(lambda: recommend(model, machine, rows), self._recommended, key="recommend")

    def _recommended(self, found: Recommendation) -> None:
        """Keep what the person has chosen, if they have; else take what is proposed."""
        self.store.update(recommendation=found)
        history = self._history
        if history is None:
            self._history = SettingsHistory.starting_with(_chosen(found.plans[0]))
        elif history.now.plan != "yours":
            kept = next((plan for plan in found.plans if plan.name == history.now.plan), found.plans[0])
            self._history = SettingsHistory.starting_with(_chosen(kept))
        self._show()

    def _choose_plan(self, name: PlanName | None) -> None:
        found = self.store.state.recommendation
        if found is None or self._history is None:
            return
        plan = next((plan for plan in found.plans if plan.name == name), found.plans[0])
        self._history = self._history.with_choice(_chosen(plan))
        self._show(bad={})

    def _change(self, changes: Mapping[str, Any]) -> None:
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
            self._history = self._history.with_choice(Chosen(self._name_of(settings), settings))
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
        state, history = self.store.state, self._history
        if history is None or state.model is None or state.fit_machine is None:
            return
        model, machine, settings = state.model, state.fit_machine, history.now.settings
        memory = estimate(model, settings, machine)
        verdict = rules.verdict(memory.total_bytes, machine)
        changes: dict[str, Any] = {} if bad is None else {"bad_settings": MappingProxyType(dict(bad))}
        self.store.update(
            plan=history.now.plan,
            settings=settings,
            estimate=memory,
            speed=speed_of(model, settings, machine),
            verdict=verdict,
            duration=duration_of(model, settings, machine, _lengths(state)),
            alternatives=() if verdict != "does_not_fit" else state.alternatives,
            can_undo=history.can_undo,
            can_redo=history.can_redo,
            **changes,
        )
        if verdict == "does_not_fit":
            self._look_for_alternatives(model, settings, machine)

    def _look_for_alternatives(self, model: ModelSpec, settings: TrainingSettings, machine: FitMachine) -> None:
        def found(alternatives: list[Alternative]) -> None:
            if self.store.state.settings is settings and self.store.state.verdict == "does_not_fit":
                self.store.update(alternatives=tuple(alternatives))

        lengths = _lengths(self.store.state)
        rows = DataLengths(lengths=lengths) if lengths else None
        self.background(lambda: alternatives_to(model, settings, machine, rows), found, key="alternatives")


def _chosen(plan: Plan) -> Chosen:
    return Chosen(plan.name, plan.settings)


def _lengths(state: AppState) -> list[int]:
    return state.dataset.lengths if state.dataset is not None else []
