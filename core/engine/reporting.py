"""The training loop's ears and mouth: what happens becomes events, what is wanted becomes flags."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState

from core.engine import checkpoints
from core.engine.control import Control
from core.engine.emit import Emit
from core.engine.loss_watch import LossWatch
from core.engine.memory import MemoryMeter
from core.engine.progress import RunProgress
from core.engine.room import checkpoint_bytes, missing_bytes
from core.engine.schedule import Schedule
from core.events import Checkpoint, StateChanged, Step, Validation, Warned
from core.fit.words import format_bytes
from core.runs.until import step_at
from core.settings import TrainingSettings

MEMORY_S = 0.25


class Reporter(TrainerCallback):
    """Says what the loop does, and steers it: validation, checkpoints, pause, stop. One for each worker.

    Args:
        until: the share of the steps at which the loop ends this time, with a validation and a checkpoint.

    Attributes:
        paused: whether the loop has ended because the person wants a pause; its checkpoint is written.
        doing: what is at work, as the start of a sentence.
    """

    def __init__(
        self,
        emit: Emit,
        control: Control,
        meter: MemoryMeter,
        progress: RunProgress,
        *,
        settings: TrainingSettings,
        validates: bool,
        on_start: Callable[[TrainerState], None],
        until: float = 1.0,
    ) -> None:
        self._emit = emit
        self._control = control
        self._meter = meter
        self._progress = progress
        self._settings = settings
        self._validates = validates
        self._on_start = on_start
        self._until = until
        self._earlier_peak_bytes = progress.peak_memory_bytes
        self._memory_at = 0.0
        self._watch = LossWatch()
        self.paused = False
        self.doing = "The first step"
        self._mark: float | None = None  # up to here the run's seconds are counted; None before it trains

    def on_train_begin(self, args: Any, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """The loop is about to start."""
        settings = self._settings
        self._schedule = Schedule(
            state.max_steps,
            settings.checkpoint_steps,
            checkpoint_minutes=settings.checkpoint_minutes,
            validation_steps=settings.validation_steps,
        )
        self._control.begin_training()
        self._on_start(state)
        self._pace_from: tuple[int, float] | None = None
        self._mark = time.monotonic()

    def on_step_begin(self, args: Any, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """A step starts."""
        self.doing = f"Step {state.global_step + 1:,}"
        self._step_mark = time.monotonic()
        self._tokens_mark = self._progress.tokens

    def on_step_end(self, args: Any, state: TrainerState, control: TrainerControl, model: Any = None, **_: Any) -> None:
        """A step is done: decide what comes next. transformers logs, validates and saves after this, in that order."""
        self._control.poll()
        step = state.global_step
        asked = self._control.take_checkpoint_request()
        control.should_log = True
        self.doing = f"The validation after step {step:,}"
        reached = step >= step_at(self._until, state.max_steps)
        control.should_evaluate = self._validates and (self._schedule.validation_due(step) or reached)
        control.should_save = (
            reached
            or asked
            or self._control.stop_wanted
            or self._control.pause_wanted
            or self._schedule.checkpoint_due(step)
        )
        if control.should_save:
            self._wait_for_room(Path(args.output_dir), checkpoint_bytes(model))
        control.should_training_stop = reached or self._control.stop_wanted

    def _wait_for_room(self, folder: Path, needed_bytes: int) -> None:
        """A checkpoint that would not find room is not begun: the run pauses until there is, or until it is stopped."""
        missing = missing_bytes(_existing(folder), needed_bytes)
        while missing and self._hold_for_room(
            f"Free {format_bytes(missing)}, then go on: the checkpoint needs the room."
        ):
            missing = missing_bytes(_existing(folder), needed_bytes)

    def room_again(self) -> bool:
        """A checkpoint found no room in the middle (a quota, or somebody else wrote too): pause until the person has
        made some; False if the run shall be stopped instead."""
        return self._hold_for_room("Free some space, or raise your quota, then go on: the checkpoint needs the room.")

    def _hold_for_room(self, remedy: str) -> bool:
        """Pause with the model in memory, because without a checkpoint it is nowhere else; False for a stop."""
        self._count_seconds()
        self._emit(Warned(code="engine.disk_nearly_full", text=f"The disk is nearly full. {remedy}"))
        self._emit(StateChanged(state="paused", loaded=True))
        self._control.pause()
        self._control.wait_while_paused()
        self._mark = time.monotonic()
        self._pace_from = None
        if self._control.stop_wanted:
            return False
        self._emit(StateChanged(state="running"))
        return True

    def on_epoch_end(self, args: Any, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """All that an epoch's last step asked for was done after that step."""
        control.should_log = control.should_evaluate = control.should_save = False

    def on_log(
        self, args: Any, state: TrainerState, control: TrainerControl, logs: dict[str, float] | None = None, **_: Any
    ) -> None:
        """The loss of a step. The closing summary of the loop has none and is passed over."""
        if logs is not None and "loss" in logs and state.global_step:
            self._report_step(state, logs)

    def on_evaluate(
        self,
        args: Any,
        state: TrainerState,
        control: TrainerControl,
        metrics: dict[str, float],
        model: Any = None,
        **_: Any,
    ) -> None:
        """The loss on the rows held back: the best so far is kept, and too many that are none end the run."""
        step, loss, record = state.global_step, metrics["eval_loss"], self._progress.validation
        self._emit(Validation(step=step, loss=loss))
        is_best = record.hear(step, loss, self._settings.early_stopping_patience)
        if (is_best or record.stopped_early) and not control.should_save:
            self._wait_for_room(Path(args.output_dir), checkpoint_bytes(model))
            control.should_save = True
        control.should_training_stop = control.should_training_stop or record.stopped_early

    def on_save(self, args: Any, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """A checkpoint lies on the disk; a pause that the person wants is now, and ends this process's part."""
        self._schedule.checkpoint_written()
        name = checkpoints.name_of(state.global_step)
        self._emit(Checkpoint(step=state.global_step, path=f"checkpoints/{name}"))
        if self._control.pause_wanted and not control.should_training_stop:
            self.paused = control.should_training_stop = True

    def finish(self) -> None:
        """Count what the last step left uncounted."""
        self._count_seconds()
        self._progress.peak_memory_bytes = max(self._earlier_peak_bytes, self._meter.peak_bytes())

    def _count_seconds(self) -> None:
        now = time.monotonic()
        if self._mark is not None:
            self._progress.seconds += now - self._mark
        self._mark = now

    def _report_step(self, state: TrainerState, logs: dict[str, float]) -> None:
        now = time.monotonic()
        took = now - self._step_mark
        tokens = self._progress.tokens - self._tokens_mark
        self._count_seconds()
        progress = self._progress
        progress.steps, progress.loss_last = state.global_step, logs["loss"]
        progress.step_seconds += took
        if progress.loss_first is None:
            progress.loss_first = logs["loss"]
        self._watch.hear(state.global_step, logs["loss"])
        self._emit(
            Step(
                step=state.global_step,
                epoch=float(state.epoch or 0.0),
                loss=logs["loss"],
                learning_rate=logs["learning_rate"],
                grad_norm=_finite(logs.get("grad_norm")),
                tokens=tokens,
                tokens_per_second=tokens / took if took else 0.0,
                seconds=progress.seconds,
                left_s=self._left_s(state, now, took),
            )
        )
        self._report_memory(state.global_step, now)

    def _left_s(self, state: TrainerState, now: float, took: float) -> float:
        """From the pace since this worker's first step (or pause), which is slower than the others and does not
        count."""
        left: int = state.max_steps - state.global_step
        if self._pace_from is None:
            self._pace_from = (state.global_step, now)
            return left * took
        step, since = self._pace_from
        done: int = state.global_step - step
        return left * (now - since) / done

    def _report_memory(self, step: int, now: float) -> None:
        if now - self._memory_at < MEMORY_S:
            return
        self._memory_at = now
        event = self._meter.event(step, self._earlier_peak_bytes)
        self._progress.peak_memory_bytes = event.process_peak_bytes
        self._emit(event)


def _existing(folder: Path) -> Path:
    """`folder`, or the nearest above it that is there already."""
    return next(place for place in (folder, *folder.parents) if place.is_dir())


def _finite(grad_norm: float | None) -> float | None:
    """JSON has no infinity, and in fp16 a step whose gradients overflow, which the scaler then skips, is common."""
    return grad_norm if grad_norm is not None and math.isfinite(grad_norm) else None
