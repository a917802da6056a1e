"""What a worker says that rehearses or measures."""

from __future__ import annotations

from core.events.base import Event
from core.fit.measurement import Measurement
from core.fit.rehearsal import Rehearsal


class RehearsalReady(Event, frozen=True, kw_only=True, tag="rehearsal_ready"):
    """The libraries are loaded; from here a rehearsal takes seconds."""


class Rehearsed(Event, frozen=True, kw_only=True, tag="rehearsed"):
    """A rehearsal's result. `request` is the id it was asked for with."""

    request: int
    rehearsal: Rehearsal


class ModelCounted(Event, frozen=True, kw_only=True, tag="model_counted"):
    """Name and shape of every parameter of a model that was built without weights."""

    request: int
    tensors: list[tuple[str, tuple[int, ...]]]


class RehearsalFailed(Event, frozen=True, kw_only=True, tag="rehearsal_failed"):
    """A model could not be rehearsed or counted. The worker goes on; the fields are those of a `TunesmithError`."""

    request: int
    code: str
    what: str
    why: str
    remedy: str
    where: str = ""


class Measured(Event, frozen=True, kw_only=True, tag="measured"):
    """The result of real steps with few layers."""

    measurement: Measurement
