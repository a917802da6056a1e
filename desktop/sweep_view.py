"""SweepView: the sweep that the Train page shows, or the form for the next one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from core.runs.table import Column
from desktop.sweep_draft import SweepDraft

if TYPE_CHECKING:
    from core.sweeps.standing import Standing

Losses = tuple[Column, Column]


@dataclass(frozen=True, eq=False)
class SweepView:
    """What is known of a sweep. Two views are the same only if they are one object.

    Attributes:
        name: of the sweep; empty while the form is shown.
        table: how it stands; None while it is read, or made.
        losses: of each of its runs, by the run's name: steps, and the validation loss there.
        draft: what stands in the form.
        asked: what was asked for and is not done yet.
    """

    name: str = ""
    table: Standing | None = None
    losses: Mapping[str, Losses] = field(default_factory=lambda: MappingProxyType({}))
    draft: SweepDraft = field(default_factory=SweepDraft)
    asked: Literal["", "start", "stop", "end"] = ""

    @property
    def is_form(self) -> bool:
        """Whether the person is putting one together."""
        return not self.name


def sweep_of(run: str, sweeps: Sequence[str]) -> str:
    """Which of `sweeps` the run called `run` belongs to, by its name; empty if none."""
    return next((name for name in sweeps if run.startswith(f"{name}-")), "")
