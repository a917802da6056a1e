"""When a run validates and when it writes a checkpoint."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

VALIDATIONS = 10  # about this many in a run, and one at its end
SAMPLES = 8  # about this many in a run, one before it and one at its end
CHECKPOINTS = 4  # at least this many in a run, where its steps are not chosen
VALIDATION_SHARE_OF_TIME = 0.1
STEP_TO_FORWARD = 3.0  # a training step costs about three forward passes (forward, and twice that backward)
FEWEST_VALIDATION_ROWS = 8


def validation_rows(available: int, rows_trained: int) -> int:
    """How many of the rows held back to look at each time, so that looking takes at most about a tenth of the run.

    Args:
        available: rows held back.
        rows_trained: rows that pass through training over the whole run, repetitions counted.
    """
    affordable = VALIDATION_SHARE_OF_TIME * STEP_TO_FORWARD * rows_trained / (VALIDATIONS + 1)
    return min(available, max(FEWEST_VALIDATION_ROWS, int(affordable)))


@dataclass
class Schedule:
    """Answers, after each step, what is due. `checkpoint_steps` 0: at least four times a run; and `checkpoint_minutes`
    after the last one, whatever the steps say, 0: never.
    `validation_steps` 0: about ten times a run. `sample_steps` 0: about eight times a run, -1: never."""

    steps_total: int
    checkpoint_steps: int
    checkpoint_minutes: float = 0.0
    validation_steps: int = 0
    sample_steps: int = 0
    _last_checkpoint_at: float = field(default_factory=time.monotonic)

    def validation_due(self, step: int) -> bool:
        """Whether to validate after `step`."""
        every = self.validation_steps or max(1, round(self.steps_total / VALIDATIONS))
        return step >= self.steps_total or step % every == 0

    def sample_due(self, step: int) -> bool:
        """Whether to ask the sample prompts after `step`; 0 is before the first."""
        if self.sample_steps < 0:
            return False
        every = self.sample_steps or max(1, round(self.steps_total / SAMPLES))
        return step >= self.steps_total or step % every == 0

    def checkpoint_due(self, step: int) -> bool:
        """Whether to write a checkpoint after `step`."""
        if step >= self.steps_total:
            return True
        if self._clock_strikes():
            return True
        if self.checkpoint_steps:
            return step % self.checkpoint_steps == 0
        return step in {part * self.steps_total // CHECKPOINTS for part in range(1, CHECKPOINTS)}

    def _clock_strikes(self) -> bool:
        waited_s = time.monotonic() - self._last_checkpoint_at
        return bool(self.checkpoint_minutes) and waited_s >= 60.0 * self.checkpoint_minutes

    def checkpoint_written(self) -> None:
        """Start the minutes anew."""
        self._last_checkpoint_at = time.monotonic()
