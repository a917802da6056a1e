"""SweepDraft: a sweep that the person is putting together, as it stands in the form; and what it would be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from core.errors import TunesmithError
from core.settings import SETTINGS, TrainingSettings
from core.sweeps.values import COMPARABLE, Value, combinations
from core.sweeps.words import value_word

CHOOSABLE = tuple(key for key in COMPARABLE if SETTINGS[key].kind in ("int", "float"))
"""What the form offers: numbers."""
FIRST = ("lora_rank", "learning_rate")
FACTORS: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {"lora_rank": (0.5, 1.0, 2.0), "learning_rate": (1.0, 2.0), "epochs": (1.0, 1.5), "lora_alpha": (1.0, 2.0)}
)
USUAL: Mapping[str, tuple[Value, ...]] = MappingProxyType(
    {"lora_dropout": (0.0, 0.05), "weight_decay": (0.0, 0.01), "warmup_steps": (5, 20), "max_grad_norm": (0.3, 1.0)}
)
"""For what may well be 0 now, so that no factor changes it."""


@dataclass(frozen=True)
class SweepDraft:
    """What stands in the form.

    Attributes:
        varied: setting and its values as typed; an empty setting is a line that is not used.
        budget: minutes, or with `in_money` a sum in the currency of the table of prices, as typed.
    """

    varied: tuple[tuple[str, str], ...] = ()
    budget: str = "30"
    in_money: bool = False


def first_draft(settings: TrainingSettings) -> SweepDraft:
    """Rank and learning rate around what they are, six runs."""
    lines = tuple((key, around(key, settings)) for key in FIRST)
    return SweepDraft(varied=(*lines, ("", "")))


def around(key: str, settings: TrainingSettings) -> str:
    """Values of `key` to try, around the present one, as they would be typed."""
    if not key:
        return ""
    setting, now = SETTINGS[key], getattr(settings, key)
    values: list[Value] = list(USUAL.get(key, ()))
    if not values:
        values = [now * factor for factor in FACTORS.get(key, (1.0, 2.0))]
        if setting.kind == "int":
            values = [max(1, round(float(value))) for value in values]
    low, high = setting.low, setting.high
    fitting = [v for v in values if (low is None or float(v) >= low) and (high is None or float(v) <= high)]
    return ", ".join(dict.fromkeys(value_word(value) for value in fitting))


def values_in(draft: SweepDraft) -> dict[str, list[Value]]:
    """The values of each setting that the draft names.

    Raises:
        TunesmithError: `sweep.not_numbers`, `sweep.repeated_setting`.
    """
    found: dict[str, list[Value]] = {}
    for key, typed in draft.varied:
        if not key:
            continue
        if key in found:
            raise TunesmithError(
                "sweep.repeated_setting",
                what=f"{SETTINGS[key].title} is there twice.",
                why="A setting is varied by all its values in one line.",
                remedy="Choose another setting.",
                where=key,
            )
        kind = int if SETTINGS[key].kind == "int" else float
        try:
            found[key] = [kind(one) for one in typed.replace(",", " ").split()]
        except ValueError as error:
            raise TunesmithError(
                "sweep.not_numbers",
                what=f"{SETTINGS[key].title} needs {'whole numbers' if kind is int else 'numbers'}.",
                why=f"“{typed}” cannot be read as that.",
                remedy=f"Write, for example, {'8, 16, 32' if kind is int else '1e-4, 2e-4'}.",
                where=key,
            ) from error
    return found


def count_of(draft: SweepDraft, settings: TrainingSettings) -> int:
    """How many runs it would be.

    Raises:
        TunesmithError: why it cannot be one.
    """
    budget_of(draft)
    return len(combinations(settings, values_in(draft)))


def budget_of(draft: SweepDraft) -> float:
    """The budget, in minutes or money.

    Raises:
        TunesmithError: `sweep.no_budget`.
    """
    try:
        budget = float(draft.budget.replace(",", "."))
    except ValueError:
        budget = 0.0
    if not budget > 0:
        raise TunesmithError(
            "sweep.no_budget",
            what="The budget must be a number above 0.",
            why="It decides how long every run may be.",
            remedy="Give it in minutes or in money.",
            where="budget",
        )
    return budget
