"""What the person wants, as typed values. Pages emit them; controllers answer them.

To add one: declare it here and name it in one controller's `handlers`; `tests/desktop/test_main_window.py` checks
that every intent has exactly one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from core.fit.values import PlanName
from core.requests import Sampling
from desktop.plot_choice import PlotChoice
from desktop.state import Step
from desktop.sweep_draft import SweepDraft


class Intent(msgspec.Struct, frozen=True):
    """Something the person wants."""


class GoTo(Intent, frozen=True):
    """Show a page."""

    step: Step


class DismissError(Intent, frozen=True):
    """Take away the error banner of a page."""

    step: Step


class RefreshMachine(Intent, frozen=True):
    """Look at the computer again."""


class TryCard(Intent, frozen=True):
    """Plan for another card by its name in the card table; None goes back to this computer's own."""

    name: str | None


class ChooseStarter(Intent, frozen=True):
    """Take the model that ships."""


class ChooseModelFolder(Intent, frozen=True):
    """Take the model in a folder."""

    path: Path


class ChooseHubModel(Intent, frozen=True):
    """Look at a hub model, by its id (`owner/name`)."""

    id: str


class DownloadModel(Intent, frozen=True):
    """Fetch the hub model that is looked at."""


class CancelDownload(Intent, frozen=True):
    """Stop fetching; what has arrived is kept and resumed next time."""


class AcceptLicence(Intent, frozen=True):
    """Agree to a licence, by its identifier in `core.models.licence`."""

    id: str


class SaveToken(Intent, frozen=True):
    """Keep the hub's token in the system's keyring, and try again what failed without it."""

    token: str

    def __repr__(self) -> str:
        """Never the token: an intent may be logged."""
        return "SaveToken(…)"


class ForgetToken(Intent, frozen=True):
    """Delete the hub's token from the system's keyring."""


class ChooseSample(Intent, frozen=True):
    """Take the data that ships."""


class ChooseData(Intent, frozen=True):
    """Take a data file."""

    path: Path


class CancelInspection(Intent, frozen=True):
    """Stop reading the data; `InspectAgain` or another choice starts anew."""


class InspectAgain(Intent, frozen=True):
    """Read the chosen data once more."""


class ChoosePlan(Intent, frozen=True):
    """Take the settings of a recommended plan."""

    name: PlanName


class ChangeSetting(Intent, frozen=True):
    """Change one training setting, by its key in `core.settings.SETTINGS`. `continues`: it goes on with the change
    before, as a slider that is dragged does, and is taken back with it."""

    key: str
    value: Any
    continues: bool = False


class ChangeSettings(Intent, frozen=True):
    """Change several training settings at once, such as those of a fix that is offered."""

    changes: Mapping[str, Any]


class MeasureHere(Intent, frozen=True):
    """Take real steps of a few layers under the settings, on this computer."""


class CancelMeasuring(Intent, frozen=True):
    """Stop measuring."""


class SetElectricityPrice(Intent, frozen=True):
    """Count with another price of a kilowatt-hour, in the currency of the table of prices."""

    price: float


class UndoSettings(Intent, frozen=True):
    """Take back the last change of the settings."""


class RedoSettings(Intent, frozen=True):
    """Make again the change that was taken back."""


class BackToRecommended(Intent, frozen=True):
    """Take the settings that are recommended first."""


class FindRate(Intent, frozen=True):
    """Look for a learning rate by trying rising ones on the chosen model and data."""


class CancelRateTest(Intent, frozen=True):
    """Stop looking for a learning rate."""


class SetSamplePrompts(Intent, frozen=True):
    """Ask the next run these prompts while it trains; none lets it choose."""

    prompts: tuple[str, ...]


class StartTraining(Intent, frozen=True):
    """Start a run of the chosen model, data and settings."""


class QueueTraining(Intent, frozen=True):
    """Train the chosen model, data and settings once the run at work has ended, and those that wait already."""


class MoveInQueue(Intent, frozen=True):
    """Give a run that waits another place in the queue, 0 being the next one."""

    name: str
    place: int


class LeaveQueue(Intent, frozen=True):
    """Take a run out of the queue; it is kept among the runs."""

    name: str


class HoldQueue(Intent, frozen=True):
    """Start nothing more from the queue, or let it go on."""

    held: bool


class PauseRun(Intent, frozen=True):
    """Pause the run that is computed; its memory is given back."""


class ResumeRun(Intent, frozen=True):
    """Go on: with a paused run, or from the last checkpoint of one that stopped, failed or died."""

    name: str


class StopRun(Intent, frozen=True):
    """End the run that is computed, with a checkpoint."""


class NewRun(Intent, frozen=True):
    """Show the settings of the next run instead of the last one's curves."""


class PlanLike(Intent, frozen=True):
    """Make the next run like the run `name` (its model, its data, its settings) with `changes` of its settings."""

    name: str
    changes: Mapping[str, Any]


class OpenSweep(Intent, frozen=True):
    """Show the sweep `name` on the Train page; without a name the form for a new one."""

    name: str = ""


class CloseSweep(Intent, frozen=True):
    """Show the settings of the next run instead of the sweep, which goes on if it is at work."""


class DraftSweep(Intent, frozen=True):
    """The form for a sweep now says this."""

    draft: SweepDraft


class StartSweep(Intent, frozen=True):
    """Start the sweep in the form."""


class StopSweep(Intent, frozen=True):
    """End the sweep that is shown, the run at work with a checkpoint; asked a second time, end it now."""


class ResumeSweep(Intent, frozen=True):
    """Go on with a sweep that stopped, failed or died."""

    name: str


class DeleteSweep(Intent, frozen=True):
    """Move a sweep and its runs to the trash; `RestoreSweep` brings them back until the window closes."""

    name: str


class RestoreSweep(Intent, frozen=True):
    """Bring a deleted sweep and its runs back, and show it."""

    name: str


class UseWinner(Intent, frozen=True):
    """Put the settings of the winner of the sweep that is shown on the Train page."""


class SelectRun(Intent, frozen=True):
    """Draw a run on the Runs page."""

    name: str | None


class PickRuns(Intent, frozen=True):
    """Draw these runs side by side on the Runs page; fewer than two, and the selected one is drawn alone."""

    names: tuple[str, ...]


class RenameRun(Intent, frozen=True):
    """Call a run otherwise; an empty title gives it its folder's name back."""

    name: str
    title: str


class TagRun(Intent, frozen=True):
    """Put these tags on a run, instead of those that it has."""

    name: str
    tags: tuple[str, ...]


class NoteRun(Intent, frozen=True):
    """Keep these notes about a run, instead of those that it has."""

    name: str
    notes: str


class RunAgain(Intent, frozen=True):
    """Do a run again exactly (the selected one without a name); `anyway` also where something has changed since."""

    name: str = ""
    anyway: bool = False


class OpenRun(Intent, frozen=True):
    """Show a run on the Train page."""

    name: str


class ChatWith(Intent, frozen=True):
    """Show a run on the Chat page and load its model."""

    name: str


class DeleteRun(Intent, frozen=True):
    """Move a run to the trash; `RestoreRun` brings it back until the window closes."""

    name: str


class RestoreRun(Intent, frozen=True):
    """Bring a deleted run back."""

    name: str


class ChoosePlots(Intent, frozen=True):
    """Draw these plots of a run, in this way."""

    choice: PlotChoice


class SaveFile(Intent, frozen=True):
    """Write a file; `content` makes it, off the UI thread."""

    path: Path
    content: Callable[[], bytes]


class SendPrompt(Intent, frozen=True):
    """Ask both columns."""

    text: str
    sampling: Sampling


class StopAnswer(Intent, frozen=True):
    """End the answers under way."""


class ClearChat(Intent, frozen=True):
    """Empty both columns."""


class RestoreChat(Intent, frozen=True):
    """Undo the last `ClearChat`."""


class RetryChat(Intent, frozen=True):
    """Load the chat's model again after a failure."""
