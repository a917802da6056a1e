"""Watching the loss: a run that has fallen apart is ended while its last good checkpoint is still the newest."""

from __future__ import annotations

import math

from core.errors import TunesmithError

SMOOTHING = 0.9  # of the moving mean, about the last ten steps
FIRST_STEPS = 20  # whose losses say little: the rate is still rising
EXPLODED_BY = 2.0  # nats above the best mean so far: the right word has become seven times less likely


class LossWatch:
    """The losses of one worker's steps.

    Raises (from `hear`):
        TunesmithError: `engine.loss_not_finite`, `engine.loss_exploded`.
    """

    def __init__(self) -> None:
        self._mean: float | None = None
        self._best = math.inf
        self._heard = 0

    def hear(self, step: int, loss: float) -> None:
        """Note the loss of `step`."""
        if not math.isfinite(loss):
            raise _fell_apart("engine.loss_not_finite", step, f"The loss of step {step} is {loss}, which is no number.")
        self._heard += 1
        self._mean = loss if self._mean is None else SMOOTHING * self._mean + (1 - SMOOTHING) * loss
        if self._heard > FIRST_STEPS and self._mean > self._best + EXPLODED_BY:
            why = f"The loss has risen from {self._best:.2f} to {self._mean:.2f}, as means of about ten steps."
            raise _fell_apart("engine.loss_exploded", step, why)
        self._best = min(self._best, self._mean)


def _fell_apart(code: str, step: int, why: str) -> TunesmithError:
    return TunesmithError(
        code,
        what="The training fell apart.",
        why=why,
        remedy="Start anew with a third of the learning rate, with gradient clipping at 1, or with bf16 or fp32 as "
        "compute precision. The last checkpoint is from before.",
        where=f"step {step}",
    )
