"""The window's frozen state and its one owner.

Controllers change it with `Store.update`; everybody else only reads. To remember something new, add one field with a
default.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, get_args

from PySide6.QtCore import QObject, Signal

from core.data.report import DatasetReport
from core.errors import TunesmithError
from core.events import Progress
from core.events.training import RunState
from core.fit.cards import Card
from core.fit.measurement import Measurement
from core.fit.prices import Prices
from core.fit.rehearsal import Rehearsal
from core.fit.values import (
    Alternative,
    Cost,
    Duration,
    FitMachine,
    MemoryEstimate,
    PlanName,
    Recommendation,
    Speed,
    Verdict,
)
from core.hardware.machine import LiveSample, Machine
from core.job import SAMPLE, DatasetRef
from core.models.spec import ModelSpec
from core.settings import TrainingSettings
from desktop.chat_values import ChatState
from desktop.model_choice import ModelChoice
from desktop.plot_choice import PlotChoice
from desktop.rate_test import NO_RATE_TEST, RateTest
from desktop.rehearsing import NOT_REHEARSED, Rehearsing

if TYPE_CHECKING:
    from core.models.hub.token import TokenSource
    from core.runs.history import History
    from core.runs.summary import RunSummary
    from desktop.run_details import RunDetails
    from desktop.run_view import RunView
    from desktop.sweep_view import SweepView

SAMPLE_DATA = DatasetRef(source="sample", path=SAMPLE)
Step = Literal["hardware", "model", "data", "train", "chat", "runs"]
STEPS: tuple[Step, ...] = get_args(Step)


@dataclass(frozen=True)
class ActiveRun:
    """The run that is being computed now, for the rail's ring and the status line."""

    name: str
    state: RunState
    step: int = 0
    steps_total: int = 0
    left_s: float = 0.0

    @property
    def share(self) -> float:
        """How much is done, 0 to 1."""
        return min(1.0, self.step / self.steps_total) if self.steps_total else 0.0


@dataclass(frozen=True)
class AppState:
    """Everything the pages show.

    Attributes:
        step: the page in front.
        machine, live: what the computer has (None until probed), one moment of it (every second), and the last moments.
        cards: the table of cards that can be tried; tried_card: the name of the one that is planned for instead of
            this computer's own (`2 × …` for two of it), or None.
        fit_machine: the card (or RAM) that is planned for; None until the machine is known.
        model: the chosen model, None while it is read or after it failed (then `errors["model"]` says why).
        hub_model: a hub model that is looked at and not downloaded yet, or "".
        model_choices: what the Model page lists; `downloading`: id of the hub model that is being fetched, or "";
            `begun_downloads`: ids of those of which a part is here.
        accepted_licences: identifiers of those that the person agreed to. token: where the hub's token comes from, and
            its last characters.
        dataset_ref, dataset: the chosen file and what was found in it. guessed_lengths: about how many tokens each row
            has, while the model's own tokenizer is not here.
        recommendation: plans for model, data and card; `plan` is the chosen one's name, `yours` once a setting was
            changed.
        settings, estimate, speed, verdict: the settings on the Train page, and what they cost; None until recommended.
            `instant` is the shallower estimate, where `estimate` is the rehearsed one.
        duration, cost, prices: how long a run with them should take and what that costs, with the prices it was counted
            with; None until the data is known.
        rehearsals: what is known of model and card by rehearsal, by `core.tasks.rehearse.key_of`; `rehearsing` how far
            that of the settings is. measurements: likewise, by `desktop.controllers.planning.plan_key`; `measuring`
            whether one is being made. `note`: why another plan is proposed than before its rehearsal.
        alternatives: what else would work where those settings do not fit. can_undo, can_redo: changes of the settings.
        bad_settings: what was entered and cannot be, by setting; the setting keeps its last good value.
        rate_test: the search for a learning rate for these settings.
        sample_prompts: what the next run is asked while it trains; none lets it choose.
        run: the run that Train and Chat show, by name; None shows the settings of the next one.
        training: what is known of the run that Train shows, as it happens; also while a run is being started.
        sweep: the sweep, or the form for one, that Train shows instead of that. sweeps: names of all, newest first;
            `deleted_sweeps` can be restored.
        plots: which plots of a run are shown, and how.
        active: the run that is being computed, if any. queue: those that wait for it, by name, the next one first;
            `queue_held`: none of them is started. queue_sweep: the sweep whose end they wait for.
        history: what the depths of the estimate were worth, over all runs.
        runs: every run, newest first; `selected_run` is the one drawn on the Runs page, from `run_details`;
            `deleted_runs` can be restored. picked_runs: two or more that are drawn side by side, from `compared`.
        chat: what the Chat page shows.
        busy: what takes a while, by page; appears after 0.6 s. `errors`: what went wrong, by page.
    """

    step: Step = "train"
    machine: Machine | None = None
    live: LiveSample | None = None
    moments: tuple[LiveSample, ...] = ()
    cards: tuple[Card, ...] = ()
    tried_card: str | None = None
    fit_machine: FitMachine | None = None
    model: ModelSpec | None = None
    hub_model: str = ""
    model_choices: tuple[ModelChoice, ...] = ()
    downloading: str = ""
    begun_downloads: tuple[str, ...] = ()
    accepted_licences: frozenset[str] = frozenset()
    token: tuple[TokenSource, str] = ("none", "")
    dataset_ref: DatasetRef = SAMPLE_DATA
    dataset: DatasetReport | None = None
    guessed_lengths: tuple[int, ...] = ()
    recommendation: Recommendation | None = None
    plan: PlanName | None = None
    settings: TrainingSettings | None = None
    estimate: MemoryEstimate | None = None
    instant: MemoryEstimate | None = None
    speed: Speed | None = None
    verdict: Verdict | None = None
    duration: Duration | None = None
    cost: Cost | None = None
    prices: Prices | None = None
    rehearsals: Mapping[str, Rehearsal] = field(default_factory=lambda: MappingProxyType({}))
    rehearsing: Rehearsing = NOT_REHEARSED
    measurements: Mapping[str, Measurement] = field(default_factory=lambda: MappingProxyType({}))
    measuring: bool = False
    note: str = ""
    alternatives: tuple[Alternative, ...] = ()
    rate_test: RateTest = NO_RATE_TEST
    sample_prompts: tuple[str, ...] = ()
    bad_settings: Mapping[str, TunesmithError] = field(default_factory=lambda: MappingProxyType({}))
    can_undo: bool = False
    can_redo: bool = False
    run: str | None = None
    training: RunView | None = None
    sweep: SweepView | None = None
    sweeps: tuple[str, ...] = ()
    deleted_sweeps: tuple[str, ...] = ()
    plots: PlotChoice = field(default_factory=PlotChoice)
    active: ActiveRun | None = None
    queue: tuple[str, ...] = ()
    queue_held: bool = False
    queue_sweep: str | None = None
    runs: tuple[RunSummary, ...] = ()
    history: History | None = None
    selected_run: str | None = None
    run_details: RunDetails | None = None
    deleted_runs: tuple[str, ...] = ()
    picked_runs: tuple[str, ...] = ()
    compared: tuple[RunDetails, ...] = ()
    chat: ChatState = field(default_factory=ChatState)
    busy: Mapping[Step, Progress] = field(default_factory=lambda: MappingProxyType({}))
    errors: Mapping[Step, TunesmithError] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def lengths(self) -> Sequence[int]:
        """The rows' token lengths: counted; else guessed, for a model that is not here yet; else none."""
        if self.dataset is not None:
            return self.dataset.lengths
        return self.guessed_lengths if self.hub_model else ()


class Store(QObject):
    """The one owner of the state.

    Signals:
        changed(AppState, AppState): the new state and the one before, after every real change, in order: a change
            made by a listener is announced after the listeners have heard the present one.
    """

    changed = Signal(object, object)

    def __init__(self, state: AppState | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state or AppState()
        self._unsaid: deque[tuple[AppState, AppState]] = deque()
        self._speaking = False

    @property
    def state(self) -> AppState:
        """The state now."""
        return self._state

    def update(self, **changes: Any) -> None:
        """Replace some fields; says so once, and not at all if nothing differs."""
        before = self._state
        if all(getattr(before, name) is value for name, value in changes.items()):
            return
        after = replace(before, **changes)
        if after == before:
            return
        self._state = after
        self._unsaid.append((after, before))
        if self._speaking:
            return
        self._speaking = True
        try:
            while self._unsaid:
                self.changed.emit(*self._unsaid.popleft())
        finally:
            self._speaking = False

    def set_busy(self, step: Step, progress: Progress | None) -> None:
        """Show on page `step` how far something is; None ends it."""
        self.update(busy=_with(self._state.busy, step, progress))

    def set_error(self, step: Step, error: TunesmithError | None) -> None:
        """Show `error` in the banner of page `step`; None takes it away."""
        self.update(errors=_with(self._state.errors, step, error))


def _with(mapping: Mapping[Step, Any], step: Step, value: Any) -> Mapping[Step, Any]:
    rest = {key: old for key, old in mapping.items() if key != step}
    return MappingProxyType(rest if value is None else rest | {step: value})
