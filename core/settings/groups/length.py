"""How long the run is, and what it does on the way."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from core.settings.about import about
from core.settings.groups.optimiser import OptimiserSettings

_about = partial(about, group="length of the run")


class LengthSettings(OptimiserSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of the group “length of the run”, after those of the groups before it."""

    epochs: Annotated[
        float,
        _about(
            "Epochs",
            "How often the whole data set is seen.",
            "None; time grows in proportion.",
            more=False,
            gt=0.0,
            le=1000.0,
        ),
    ] = 3.0
    max_steps: Annotated[
        int,
        _about(
            "Step limit",
            "Ends the run after this many steps, whatever the epochs say. 0 means no limit.",
            "None.",
            unit="steps",
            ge=0,
            le=100_000_000,
        ),
    ] = 0
    seed: Annotated[
        int,
        _about(
            "Seed",
            "The start of the random numbers: the same seed gives the same run on the same machine.",
            "None.",
            ge=0,
            le=2**32 - 1,
        ),
    ] = 42
    validation_share: Annotated[
        float,
        _about(
            "Held back",
            "The share of the rows that is not trained on, to see whether the model learns or memorises. 0 turns it "
            "off.",
            "None.",
            ge=0.0,
            le=0.5,
        ),
    ] = 0.05
    validation_steps: Annotated[
        int,
        _about(
            "Validate every",
            "How often the rows held back are looked at. 0 means about ten times a run, and at its end.",
            "None.",
            unit="steps",
            ge=0,
            le=1_000_000,
        ),
    ] = 0
    validation_rows: Annotated[
        int,
        _about(
            "Validate on",
            "How many of the rows held back are looked at each time. 0 means as many as take about a tenth of the run. "
            "Runs that are to be compared look at the same number, whatever their lengths.",
            "None.",
            unit="rows",
            ge=0,
            le=1_000_000,
        ),
    ] = 0
    sample_steps: Annotated[
        int,
        _about(
            "Sample every",
            "How often the model is asked a few prompts while it trains, so that you see it change; what it says "
            "changes nothing in the training. 0 means before the first step and about eight times a run, and less "
            "often where that would take more than a tenth of the time. -1 turns it off.",
            "Next to none: a few short answers, between two steps.",
            unit="steps",
            ge=-1,
            le=1_000_000,
        ),
    ] = 0
    early_stopping_patience: Annotated[
        int,
        _about(
            "Early stopping",
            "Ends the run after this many validations in a row that were no better than the best before them. Five is "
            "on the safe side: of the usual ten in a run, half must have brought nothing. What was best is kept "
            "either way. 0 turns it off.",
            "None.",
            unit="checks",
            ge=0,
            le=1000,
        ),
    ] = 5
    checkpoint_steps: Annotated[
        int,
        _about(
            "Checkpoint every",
            "Writes what has been learnt to disk after so many steps, so that a crash loses little. 0 leaves it to the "
            "clock alone, and to four times a run.",
            "None; disk: the adapter and twice that for the optimiser.",
            unit="steps",
            ge=0,
            le=1_000_000,
        ),
    ] = 0
    checkpoint_minutes: Annotated[
        float,
        _about(
            "Checkpoint after",
            "Writes what has been learnt to disk at the latest so long after the last time, however few steps that "
            "was. 0 turns the clock off.",
            "None; writing takes a second or two.",
            unit="minutes",
            ge=0.0,
            le=1440.0,
        ),
    ] = 10.0
    checkpoints_kept: Annotated[
        int,
        _about(
            "Checkpoints kept",
            "So many of the newest checkpoints stay on disk. The one with the best validation loss stays besides.",
            "None; disk: the adapter and twice that for the optimiser, each.",
            unit="checkpoints",
            ge=1,
            le=1000,
        ),
    ] = 2
    keep_awake: Annotated[
        bool,
        _about(
            "Keep awake",
            "Keeps the computer from falling asleep by itself while it trains. The screen may still go dark.",
            "None.",
        ),
    ] = True
    tensorboard: Annotated[
        bool,
        _about(
            "TensorBoard",
            "Also writes the run's numbers for TensorBoard, into the folder tensorboard of the run. Tunesmith itself "
            "does not need them.",
            "None; the start takes a moment longer.",
        ),
    ] = False
