"""The event stream: a published contract, one JSON object a line, append-only, versioned (docs/events.md).

To add an event: declare it in the file of its task (or a new one), name it in `AnyEvent`;
`python -m scripts.write_reference` then describes it; `tests/core/test_events.py` walks the union.
"""

from __future__ import annotations

from core.events.base import Event
from core.events.chat import Answer, AnswerFailed, ChatReady, Column, Token
from core.events.data import Downloaded, Inspected
from core.events.general import Done, Failed, Opened, Progress, Warned
from core.events.lr_range import RateFound, RateTried
from core.events.rehearsal import Measured, ModelCounted, RehearsalFailed, RehearsalReady, Rehearsed
from core.events.training import (
    CardReading,
    Checkpoint,
    Finished,
    Judged,
    Leaner,
    Memory,
    Quiet,
    RunState,
    Sample,
    SettingChange,
    Started,
    StateChanged,
    Step,
    Validation,
)

AnyEvent = (
    Opened
    | Progress
    | Warned
    | Failed
    | Done
    | Started
    | Step
    | Validation
    | Memory
    | CardReading
    | Checkpoint
    | StateChanged
    | Leaner
    | Quiet
    | Sample
    | Judged
    | Finished
    | ChatReady
    | Token
    | Answer
    | AnswerFailed
    | Inspected
    | Downloaded
    | RehearsalReady
    | Rehearsed
    | ModelCounted
    | RehearsalFailed
    | Measured
    | RateTried
    | RateFound
)

__all__ = [
    "Answer",
    "AnswerFailed",
    "AnyEvent",
    "CardReading",
    "ChatReady",
    "Checkpoint",
    "Column",
    "Done",
    "Downloaded",
    "Event",
    "Failed",
    "Finished",
    "Inspected",
    "Judged",
    "Leaner",
    "Measured",
    "Memory",
    "ModelCounted",
    "Opened",
    "Progress",
    "Quiet",
    "RateFound",
    "RateTried",
    "RehearsalFailed",
    "RehearsalReady",
    "Rehearsed",
    "RunState",
    "Sample",
    "SettingChange",
    "Started",
    "StateChanged",
    "Step",
    "Token",
    "Validation",
    "Warned",
]
