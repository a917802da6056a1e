"""What a training worker says."""

from __future__ import annotations

from typing import Literal

import msgspec

from core.events.base import Event

RunState = Literal["new", "starting", "running", "paused", "stopped", "finished", "failed", "died"]
"""`new`: no worker yet. `stopped`: by the person, with a checkpoint. `failed`: with an error. `died`: the worker
vanished."""


class Started(Event, frozen=True, kw_only=True, tag="started"):
    """Everything is loaded and the first step comes next. `resumed_from` is 0 for a fresh run."""

    run: str
    device: str
    device_name: str
    steps_total: int
    epochs: float
    train_rows: int
    validation_rows: int
    trainable_parameters: int
    parameters: int
    resumed_from: int = 0
    versions: dict[str, str] = {}


class Step(Event, frozen=True, kw_only=True, tag="step"):
    """One optimiser step. `seconds` is the time spent training so far in this run, `left_s` what remains.

    `grad_norm` is None for a step whose gradients overflowed or were not measured.
    """

    step: int
    epoch: float
    loss: float
    learning_rate: float
    grad_norm: float | None
    tokens: int
    tokens_per_second: float
    seconds: float
    left_s: float


class Validation(Event, frozen=True, kw_only=True, tag="validation"):
    """Mean loss on the rows that were held back."""

    step: int
    loss: float


class Memory(Event, frozen=True, kw_only=True, tag="memory"):
    """Memory at one moment.

    `device_used_bytes` and `device_total_bytes`: the card's, all programs together; 0 without a card.
    `process_bytes`: what this worker holds (on a card: reserved by the allocator and the context; else its resident
    RAM), `process_peak_bytes`: its peak so far.
    """

    step: int
    device_used_bytes: int
    device_total_bytes: int
    process_bytes: int
    process_peak_bytes: int
    ram_used_bytes: int
    ram_total_bytes: int


class CardReading(Event, frozen=True, kw_only=True, tag="card"):
    """What the card does at one moment, every few seconds; `step` is the last that is done.

    `utilization` is the share of time in which it computed, 0 to 1. What the card does not tell is None.
    """

    step: int
    utilization: float | None
    temperature_c: float | None
    power_w: float | None


class Checkpoint(Event, frozen=True, kw_only=True, tag="checkpoint"):
    """A checkpoint is safely on disk; `path` is relative to the run's folder."""

    step: int
    path: str


class StateChanged(Event, frozen=True, kw_only=True, tag="state"):
    """The run is now in `state`. `loaded`: paused with its model still in memory, because the checkpoint that pausing
    writes found no room."""

    state: RunState
    loaded: bool = False


class SettingChange(msgspec.Struct, frozen=True, kw_only=True):
    """One setting that a run changed by itself."""

    setting: str
    before: bool | int | float | str
    after: bool | int | float | str


class Leaner(Event, frozen=True, kw_only=True, tag="leaner"):
    """Memory ran out and the run goes on by itself with settings that need less and learn the same.

    `step`: the last one that is safe on disk, 0 if none is; from there it goes on. `saves_bytes`: what the estimate
    says that the changes save. `text` says all of it, the reason first.
    """

    step: int
    changes: list[SettingChange]
    saves_bytes: int
    text: str


class Quiet(Event, frozen=True, kw_only=True, tag="quiet"):
    """Nothing was said for longer than a step should take.

    `seconds`: how long. `usual_s`: what a step took so far, 0 if there was none. `text`: what the worker is doing, in
    words; `place`: the same as file, line and function.
    """

    seconds: float
    usual_s: float
    text: str
    place: str


class Sample(Event, frozen=True, kw_only=True, tag="sample"):
    """What the model said to `prompt` after `step` (0: before the first), always the likeliest token."""

    step: int
    prompt: str
    text: str


VerdictKind = Literal["still_learning", "done", "overfitted", "too_little_data_to_say", "unstable"]


class Judged(Event, frozen=True, kw_only=True, tag="judged"):
    """What a run that has ended has come to, before its `finished`.

    `words` says it for the person, `points` are the (step, loss) of the `curve` that shows it. `changes` are the
    settings to try next, by their keys, and `advice` the same in words; they are empty where going on with this run is
    what comes next.
    """

    verdict: VerdictKind
    words: str
    curve: Literal["training", "validation"]
    points: list[tuple[int, float]]
    changes: dict[str, bool | int | float | str]
    advice: str


class Finished(Event, frozen=True, kw_only=True, tag="finished"):
    """The explicit last event of a training worker, however it ended, unless it was killed.

    `adapter_step`: the step that the result is of, the best one if validation said that it was better than the last; 0
    if there is none. `stopped_early`: too many validations had brought nothing.
    """

    run: str
    state: RunState
    steps: int
    loss_first: float | None
    loss_last: float | None
    peak_memory_bytes: int
    predicted_memory_bytes: int
    tokens_per_second: float
    seconds: float
    adapter_step: int = 0
    stopped_early: bool = False
