"""What the person wants, as typed values. Pages emit them; controllers answer them.

To add one: declare it here and name it in one controller's `handlers`; `tests/desktop/test_controllers.py` checks
that every intent has exactly one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.fit.values import PlanName
from core.requests import Sampling
from desktop.state import Step


class Intent:
    """Something the person wants."""


@dataclass(frozen=True)
class GoTo(Intent):
    """Show a page."""

    step: Step


@dataclass(frozen=True)
class DismissError(Intent):
    """Take away the error banner of a page."""

    step: Step


@dataclass(frozen=True)
class RefreshMachine(Intent):
    """Look at the computer again."""


@dataclass(frozen=True)
class TryCard(Intent):
    """Plan for another card by its name in the card table; None goes back to this computer's own."""

    name: str | None


@dataclass(frozen=True)
class ChooseStarter(Intent):
    """Take the model that ships."""


@dataclass(frozen=True)
class ChooseModelFolder(Intent):
    """Take the model in a folder."""

    path: Path


@dataclass(frozen=True)
class ChooseHubModel(Intent):
    """Look at a hub model, by its id (`owner/name`)."""

    id: str


@dataclass(frozen=True)
class DownloadModel(Intent):
    """Fetch the hub model that is looked at."""


@dataclass(frozen=True)
class CancelDownload(Intent):
    """Stop fetching; what has arrived is kept and resumed next time."""


@dataclass(frozen=True)
class ChooseSample(Intent):
    """Take the data that ships."""


@dataclass(frozen=True)
class ChooseData(Intent):
    """Take a data file."""

    path: Path


@dataclass(frozen=True)
class CancelInspection(Intent):
    """Stop reading the data; `InspectAgain` or another choice starts anew."""


@dataclass(frozen=True)
class InspectAgain(Intent):
    """Read the chosen data once more."""


@dataclass(frozen=True)
class ChoosePlan(Intent):
    """Take the settings of a recommended plan."""

    name: PlanName


@dataclass(frozen=True)
class ChangeSetting(Intent):
    """Change one training setting, by its key in `core.settings.SETTINGS`."""

    key: str
    value: Any


@dataclass(frozen=True)
class ChangeSettings(Intent):
    """Change several training settings at once, such as those of a fix that is offered."""

    changes: Mapping[str, Any]


@dataclass(frozen=True)
class UndoSettings(Intent):
    """Take back the last change of the settings."""


@dataclass(frozen=True)
class RedoSettings(Intent):
    """Make again the change that was taken back."""


@dataclass(frozen=True)
class BackToRecommended(Intent):
    """Take the settings that are recommended first."""


@dataclass(frozen=True)
class StartTraining(Intent):
    """Start a run of the chosen model, data and settings."""


@dataclass(frozen=True)
class PauseRun(Intent):
    """Pause the run that is computed; it stays loaded."""


@dataclass(frozen=True)
class ResumeRun(Intent):
    """Go on: with a paused run, or from the last checkpoint of one that stopped, failed or died."""

    name: str


@dataclass(frozen=True)
class StopRun(Intent):
    """End the run that is computed, with a checkpoint."""


@dataclass(frozen=True)
class NewRun(Intent):
    """Show the settings of the next run instead of the last one's curves."""


@dataclass(frozen=True)
class SelectRun(Intent):
    """Draw a run on the Runs page."""

    name: str | None


@dataclass(frozen=True)
class OpenRun(Intent):
    """Show a run on the Train page."""

    name: str


@dataclass(frozen=True)
class ChatWith(Intent):
    """Show a run on the Chat page and load its model."""

    name: str


@dataclass(frozen=True)
class DeleteRun(Intent):
    """Move a run to the trash; `RestoreRun` brings it back until the window closes."""

    name: str


@dataclass(frozen=True)
class RestoreRun(Intent):
    """Bring a deleted run back."""

    name: str


@dataclass(frozen=True)
class SendPrompt(Intent):
    """Ask both columns."""

    text: str
    sampling: Sampling


@dataclass(frozen=True)
class StopAnswer(Intent):
    """End the answers under way."""


@dataclass(frozen=True)
class ClearChat(Intent):
    """Empty both columns."""


@dataclass(frozen=True)
class RestoreChat(Intent):
    """Undo the last `ClearChat`."""


@dataclass(frozen=True)
class RetryChat(Intent):
    """Load the chat's model again after a failure."""
