"""What the settings were, so that every change can be taken back and made again."""

from __future__ import annotations

from dataclasses import dataclass

from core.fit.values import PlanName
from core.settings import TrainingSettings


@dataclass(frozen=True)
class Chosen:
    """Settings, and the plan that they are."""

    plan: PlanName
    settings: TrainingSettings


@dataclass(frozen=True)
class SettingsHistory:
    """Everything that was chosen, oldest first; `at` is the place of what is chosen now."""

    entries: tuple[Chosen, ...]
    at: int = 0

    @classmethod
    def starting_with(cls, chosen: Chosen) -> SettingsHistory:
        """A history in which nothing can be taken back."""
        return cls((chosen,))

    @property
    def now(self) -> Chosen:
        """What is chosen."""
        return self.entries[self.at]

    @property
    def can_undo(self) -> bool:
        """Whether there is something to take back."""
        return self.at > 0

    @property
    def can_redo(self) -> bool:
        """Whether something was taken back."""
        return self.at < len(self.entries) - 1

    def with_choice(self, chosen: Chosen) -> SettingsHistory:
        """After another choice; what was taken back before is forgotten."""
        if chosen == self.now:
            return self
        entries = (*self.entries[: self.at + 1], chosen)
        return SettingsHistory(entries, len(entries) - 1)

    def with_more(self, chosen: Chosen) -> SettingsHistory:
        """After the last choice went on to `chosen`: both are one."""
        return (
            SettingsHistory((*self.entries[: self.at], chosen), self.at) if self.can_undo else self.with_choice(chosen)
        )

    def undone(self) -> SettingsHistory:
        """One choice back, if there is one."""
        return SettingsHistory(self.entries, max(0, self.at - 1))

    def redone(self) -> SettingsHistory:
        """One choice forward, if there is one."""
        return SettingsHistory(self.entries, min(len(self.entries) - 1, self.at + 1))
