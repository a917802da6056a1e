"""Sweep: one job tried with several values of a few settings, as a document that says all that decides it."""

from __future__ import annotations

import time
from itertools import product
from typing import Annotated

import msgspec

from core.errors import TunesmithError
from core.job import TrainingJob
from core.settings import SETTINGS, TrainingSettings
from core.settings.building import unknown_key
from core.upgrades import VERSIONS

Value = bool | int | float | str

FEWEST, MOST = 2, 8  # candidates
MOST_VARIED = 3  # settings
VALIDATION_ROWS = 64  # at most so many are looked at, the same ones for every candidate
COMPARABLE = (
    "lora_rank",
    "learning_rate",
    "epochs",
    "lora_alpha",
    "lora_dropout",
    "lora_targets",
    "lora_init",
    "use_rslora",
    "use_dora",
    "quantization",
    "per_device_batch_size",
    "gradient_accumulation_steps",
    "packing",
    "group_by_length",
    "optimizer",
    "loraplus_lr_ratio",
    "lr_scheduler",
    "warmup_steps",
    "weight_decay",
    "max_grad_norm",
)
"""What may be varied. The others change nothing in what is learnt, or change the rows by which the runs are judged."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """One of the runs: its name among the runs, and in which settings it differs from the base."""

    run: str
    changes: dict[str, Value]


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """What the first steps of the candidate with `changes` took.

    `step_s`: seconds a step. `startup_s`: until the first one. `steps_total`: steps of that candidate, uncut.
    """

    changes: dict[str, Value]

    step_s: float
    startup_s: float
    steps_total: int


class Sweep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sweep by successive halving.

    `created`: seconds since the epoch. `vary`: the values of each setting that is varied. `rungs`: shares of a run's
    own steps, ascending, the last 1: at each the losing half is dropped. `budget_s`: what the whole should take;
    `money` is the same as a sum in `currency` where the person gave that. `twin`: the run that is like the winner's but
    for its seed, `twin_seed`. `longest_row`: tokens of the data's longest row; 0 where they were not counted.

    `pace` is None until it is measured. `kept_share`: of every run's steps that the budget allows; below 1 each ends
    after that share, with `max_steps`, counted from `steps`: of each candidate, uncut.
    """

    version: int = VERSIONS["sweep"]
    name: str
    created: float = msgspec.field(default_factory=time.time)
    base: TrainingJob
    vary: dict[str, list[Value]]
    candidates: list[Candidate]
    twin: str
    twin_seed: int
    rungs: list[float]
    budget_s: Annotated[float, msgspec.Meta(gt=0.0)]
    money: float | None = None
    currency: str = ""
    longest_row: int = 0
    pace: Pace | None = None
    kept_share: float = 1.0

    def settings_of(self, changes: dict[str, Value]) -> TrainingSettings:
        """The settings of a candidate with `changes`, cut to the budget."""
        settings = self.base.settings.changed(**changes)
        if self.pace is None or self.kept_share >= 1.0:
            return settings
        return settings.changed(max_steps=max(1, int(steps_of(self, changes) * self.kept_share)))

    def job_of(self, changes: dict[str, Value]) -> TrainingJob:
        """The job of a candidate with `changes`."""
        return msgspec.structs.replace(self.base, settings=self.settings_of(changes))

    @property
    def varied(self) -> list[str]:
        """The settings that the candidates are told apart by."""
        return list(self.vary)


def steps_of(sweep: Sweep, changes: dict[str, Value]) -> int:
    """The steps of a whole run with `changes`, uncut, from those of the candidate whose pace was measured.

    A step takes `per_device_batch_size` times `gradient_accumulation_steps` rows; epochs count as they are.
    """
    assert sweep.pace is not None
    first = sweep.base.settings.changed(**sweep.pace.changes)
    own = sweep.base.settings.changed(**changes)
    by_epochs = sweep.pace.steps_total * own.epochs / first.epochs * rows_a_step(first) / rows_a_step(own)
    steps = max(1, round(by_epochs))
    return min(steps, own.max_steps) if own.max_steps else steps


def rows_a_step(settings: TrainingSettings) -> int:
    """Rows (or packed sequences) that one step trains on."""
    return settings.per_device_batch_size * settings.gradient_accumulation_steps


def combinations(settings: TrainingSettings, vary: dict[str, list[Value]]) -> list[dict[str, Value]]:
    """Every combination of the values, as changes of `settings`. Where the rank is varied and alpha is not, alpha keeps
    its ratio to the rank, as otherwise a larger rank would also mean a weaker adapter.

    Raises:
        TunesmithError: `sweep.…`, `settings.unknown_key`, `settings.bad_value`.
    """
    _check(settings, vary)
    ratio = settings.lora_alpha / settings.lora_rank
    found = []
    for values in product(*vary.values()):
        changes = dict(zip(vary, values, strict=True))
        if "lora_rank" in changes and "lora_alpha" not in changes:
            changes["lora_alpha"] = max(1, round(ratio * float(changes["lora_rank"])))
        built = settings.changed(**changes)
        found.append({key: getattr(built, key) for key in changes})
    return found


def _check(settings: TrainingSettings, vary: dict[str, list[Value]]) -> None:
    for key, values in vary.items():
        if key not in SETTINGS:
            raise unknown_key(key, "--vary")
        if key not in COMPARABLE:
            raise TunesmithError(
                "sweep.not_comparable",
                what=f"The setting “{key}” cannot be varied in a sweep.",
                why="It changes nothing in what is learnt, or it changes the rows by which the runs are judged.",
                remedy=f"Vary one of: {', '.join(COMPARABLE)}.",
                where=key,
            )
        if len(set(values)) != len(values) or not values:
            raise TunesmithError(
                "sweep.repeated_value",
                what=f"The values of “{key}” cannot be compared.",
                why="Each must be there once, and at least one.",
                remedy=f"For example --vary {key}=8,16,32.",
                where=key,
            )
    count = 1
    for values in vary.values():
        count *= len(values)
    if len(vary) > MOST_VARIED or not FEWEST <= count <= MOST:
        raise TunesmithError(
            "sweep.wrong_count",
            what=f"This would be {count} {'run' if count == 1 else 'runs'} over {len(vary)} "
            f"{'setting' if len(vary) == 1 else 'settings'}.",
            why=f"A sweep has {FEWEST} to {MOST} runs and varies at most {MOST_VARIED} settings: more would take long, "
            "and the best of many is often only the luckiest.",
            remedy="Take fewer values." if count > MOST or len(vary) > MOST_VARIED else "Take more values.",
            where=", ".join(vary),
        )
    if not settings.validation_share:
        raise TunesmithError(
            "sweep.no_validation",
            what="A sweep needs rows that are held back.",
            why="The runs are compared by their loss on rows that none of them has seen, and “Held back” is 0.",
            remedy="Set it, for example to 0.05.",
            where="validation_share",
        )
