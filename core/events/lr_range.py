"""What a worker says that looks for a learning rate."""

from __future__ import annotations

from core.events.base import Event


class RateTried(Event, frozen=True, kw_only=True, tag="rate_tried"):
    """One step of a learning-rate range test: the loss on a few rows held back after the weights had moved at
    `learning_rate`. `steps_total` are the rates that will be tried at most."""

    step: int
    steps_total: int
    learning_rate: float
    loss: float


class RateFound(Event, frozen=True, kw_only=True, tag="rate_found"):
    """The result of a learning-rate range test.

    `proposed` is None where the loss never fell, as `text` says then. `steepest`: where it fell fastest, `lowest`:
    where it was lowest. `exploded`: it ended because the loss did.
    """

    proposed: float | None
    steepest: float | None
    lowest: float | None
    exploded: bool
    text: str
