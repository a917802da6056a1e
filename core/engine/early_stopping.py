"""When a run has learnt what it can, and which of its steps was the best: by the loss on the rows held back."""

from __future__ import annotations

import math

import msgspec


class ValidationRecord(msgspec.Struct, kw_only=True):
    """How a run's validations have gone so far. Part of what a checkpoint holds, so that a resumed run decides as an
    unbroken one.

    Attributes:
        best_step, best_loss: where the loss was lowest; 0 and None before the first validation.
        last_step, last_loss: the newest validation.
        since_best: validations after the best one.
        stopped_early: whether the run was ended because too many brought nothing.
    """

    best_step: int = 0
    best_loss: float | None = None
    last_step: int = 0
    last_loss: float | None = None
    since_best: int = 0
    stopped_early: bool = False

    def hear(self, step: int, loss: float, patience: int) -> bool:
        """Note the loss after `step`; whether it is the best so far. With `patience` validations in a row that are no
        better than the best, `stopped_early` becomes true; 0 never does. A loss that is no number is never the best.
        """
        self.last_step, self.last_loss = step, loss
        if math.isfinite(loss) and (self.best_loss is None or loss < self.best_loss):
            self.best_step, self.best_loss, self.since_best = step, loss, 0
            return True
        self.since_best += 1
        self.stopped_early = 0 < patience <= self.since_best
        return False

    @property
    def best_is_earlier(self) -> bool:
        """Whether the newest validation was worse than an earlier one."""
        return self.best_loss is not None and self.best_step < self.last_step
