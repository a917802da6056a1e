"""What the window remembers from one time to the next: where it stood, and what was chosen.

A damaged file is as good as none.
"""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec

from core import paths
from core.errors import TunesmithError
from core.files import read_json_object, write_json
from core.job import DatasetRef
from desktop.plot_choice import PlotChoice
from desktop.state import SAMPLE_DATA, AppState, Step

FILE = "window.json"
log = logging.getLogger("tunesmith.window")


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """Window and last choices.

    `geometry` is Qt's own, in Base64; `model_folder` is empty for the starter model.
    """

    version: int = 1
    geometry: str = ""
    step: Step = "train"
    model_folder: str = ""
    dataset: DatasetRef = SAMPLE_DATA
    plots: PlotChoice = PlotChoice()

    def first_state(self) -> AppState:
        """The state that the window opens with. A data file that is gone is forgotten."""
        gone = self.dataset.source == "file" and not Path(self.dataset.path).is_file()
        dataset = SAMPLE_DATA if gone else self.dataset
        return AppState(step=self.step, dataset_ref=dataset, plots=self.plots)


def preferences_of(state: AppState, geometry: str) -> Preferences:
    """What to remember of `state`."""
    model = state.model
    own = model is not None and model.source != "starter" and Path(model.path).is_dir()
    folder = model.path if model is not None and own else ""
    return Preferences(
        geometry=geometry, step=state.step, model_folder=folder, dataset=state.dataset_ref, plots=state.plots
    )


def load_preferences() -> Preferences:
    """What was remembered, or the defaults; why a file could not be used goes to the log."""
    path = paths.config_dir() / FILE
    if not path.exists():
        return Preferences()
    try:
        return msgspec.convert(read_json_object(path), Preferences)
    except (TunesmithError, msgspec.ValidationError) as error:
        log.warning("The window's preferences in %s are not used: %s", path, error)
        return Preferences()


def save_preferences(preferences: Preferences) -> None:
    """Remember `preferences`.

    Raises:
        TunesmithError: `paths.not_writable`, `file.not_writable`.
    """
    write_json(paths.ensure_dir(paths.config_dir()) / FILE, preferences)
