"""The learning-rate range test: the job's own steps at rates that rise from step to step, until the loss explodes.

Smith, arXiv 1506.01186, section 3.3. What is looked at is the loss on the same few rows after every step, so that the
chance of which batch came next does not hide the course.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState

from core import paths
from core.engine import adapter
from core.engine.beforehand import check_beforehand
from core.engine.device import choose
from core.engine.emit import Emit
from core.engine.load import load_model
from core.engine.progress import RunProgress
from core.engine.rows import Rows, prepare
from core.engine.tokenizer import load_tokenizer
from core.engine.trainer import build
from core.events import Progress, RateFound, RateTried
from core.fit.learning_rate import FEWEST_STEPS, LOWEST, MOST_STEPS, has_exploded, propose, rate_of
from core.models.location import model_path
from core.requests import FindRateRequest
from core.settings import SETTINGS, TrainingSettings

BUDGET_S = 120.0
TIMED = 3  # steps at the lowest rate, which move next to nothing; the last two are timed
PROBE_ROWS = 8


def run(task: FindRateRequest, emit: Emit) -> None:
    """Try, and say what was found.

    Raises:
        TunesmithError: whatever in the job, the model or the data does not work out.
    """
    job = task.job
    device = choose(job.device)
    folder = model_path(job.model)
    check_beforehand(folder, job.settings, device)
    emit(Progress(phase="loading", text="Reading the tokenizer"))
    tokenizer = load_tokenizer(folder)
    rows = prepare(job.dataset, tokenizer, job.settings, emit)
    emit(Progress(phase="loading", text="Loading the model"))
    model = adapter.attach(load_model(folder, job.settings, device), job.settings)
    ladder = _Ladder(emit)
    with tempfile.TemporaryDirectory(dir=paths.ensure_dir(paths.cache_dir()), prefix="lr-range-") as place:
        trainer = build(
            folder=Path(place),
            model=model,
            tokenizer=tokenizer,
            rows=Rows(train=rows.train, validation=(rows.validation or rows.train)[:PROBE_ROWS]),
            settings=_settings(job.settings),
            device=device,
            progress=RunProgress(),
            callbacks=[ladder],
        )
        trainer.train()
    emit(ladder.found())


def _settings(settings: TrainingSettings) -> TrainingSettings:
    """As the job's, but that the schedule leaves the rate alone, and the data is repeated until the rates are tried."""
    return settings.changed(
        learning_rate=LOWEST,
        lr_scheduler="constant",
        warmup_steps=0,
        epochs=SETTINGS["epochs"].high,
        max_steps=TIMED + MOST_STEPS,
    )


class _Ladder(TrainerCallback):
    """Raises the rate before each step, and has the loss looked at after it."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._count = MOST_STEPS
        self._points: list[tuple[float, float]] = []
        self._rate = LOWEST
        self._first_rates: list[float] = []
        self._exploded = False
        self._timed_from = 0.0

    def on_train_begin(
        self, args: Any, state: TrainerState, control: TrainerControl, optimizer: Any = None, **_: Any
    ) -> None:
        """Groups of parameters may learn at rates of their own (LoRA+); they keep their ratio."""
        self._first_rates = [group["lr"] for group in optimizer.param_groups]

    def on_step_begin(
        self, args: Any, state: TrainerState, control: TrainerControl, optimizer: Any = None, **_: Any
    ) -> None:
        """The next rate."""
        if state.global_step == 1:
            self._timed_from = time.monotonic()
        if state.global_step == TIMED:
            step_s = (time.monotonic() - self._timed_from) / (TIMED - 1)
            self._count = max(FEWEST_STEPS, min(MOST_STEPS, int(BUDGET_S / step_s)))
        self._rate = rate_of(max(0, state.global_step - TIMED), self._count)
        for group, first in zip(optimizer.param_groups, self._first_rates, strict=True):
            group["lr"] = self._rate * first / LOWEST

    def on_step_end(self, args: Any, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Look at the loss."""
        control.should_evaluate = True

    def on_evaluate(
        self, args: Any, state: TrainerState, control: TrainerControl, metrics: dict[str, float], **_: Any
    ) -> None:
        """The loss after the step; the timed ones are not told."""
        done = state.global_step - TIMED
        if done < 1:
            self._emit(Progress(phase="timing", text="Timing the first steps"))
            return
        loss = metrics["eval_loss"]
        self._points.append((self._rate, loss))
        self._exploded = has_exploded([loss for _, loss in self._points])
        control.should_training_stop = self._exploded or done >= self._count
        if not self._exploded:
            self._emit(RateTried(step=done, steps_total=self._count, learning_rate=self._rate, loss=loss))

    def found(self) -> RateFound:
        """What comes of it."""
        proposal = propose(self._points)
        text = (
            "At no rate did the loss fall. The rows may be too few, or the model may know them already."
            if proposal.proposed is None
            else f"The loss fell fastest at {proposal.steepest:.2g} and was lowest at {proposal.lowest:.2g}."
        )
        return RateFound(
            proposed=proposal.proposed,
            steepest=proposal.steepest,
            lowest=proposal.lowest,
            exploded=self._exploded,
            text=text,
        )
