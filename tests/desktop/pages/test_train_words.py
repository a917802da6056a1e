"""The Train page's sentences."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.events import (
    AnyEvent,
    Checkpoint,
    Finished,
    Leaner,
    Opened,
    Progress,
    Quiet,
    SettingChange,
    Started,
    StateChanged,
    Step,
    Warned,
)
from core.fit.values import FitMachine, MemoryEstimate
from core.runs.summary import RunSummary
from desktop.pages.train_words import amounts, ending_words, format_loss, format_speed, run_sentence, verdict_words
from desktop.run_view import RunView, after

GIB = 2**30


def run_view(*events: AnyEvent) -> RunView:
    summary = RunSummary(name="a", path="", state="new", model="starter", dataset="sample")
    return after(RunView(summary=summary, caught_up=True), events)


STARTED = Started(
    run="a",
    device="cpu",
    device_name="cpu",
    steps_total=120,
    epochs=3.0,
    train_rows=1,
    validation_rows=1,
    trainable_parameters=1,
    parameters=1,
)
STEP = Step(
    step=31,
    epoch=0.8,
    loss=1.234,
    learning_rate=1e-4,
    grad_norm=1.0,
    tokens=1,
    tokens_per_second=1934.0,
    seconds=20.0,
    left_s=58.0,
)
OPENED = (Opened(version=1, task="train", pid=1), StateChanged(state="starting"))
RUNNING = (*OPENED, STARTED, StateChanged(state="running"), STEP)


def finished(state: str) -> Finished:
    return Finished(
        run="a",
        state=state,
        steps=31,
        loss_first=3.14,
        loss_last=0.42,
        peak_memory_bytes=GIB,
        predicted_memory_bytes=GIB,
        tokens_per_second=1.0,
        seconds=58.0,
    )


@pytest.mark.parametrize(
    ("view", "sentence"),
    [
        (run_view(), "The worker is starting."),
        (run_view(*OPENED), "Starting the worker…"),
        (run_view(*OPENED, Progress(phase="loading", text="Loading the model")), "Loading the model…"),
        (run_view(*RUNNING), "Training starter, 58 s left."),
        (replace(run_view(*RUNNING), asked="pause"), "Pausing after this step."),
        (replace(run_view(*RUNNING), asked="stop"), "Stopping: writing a checkpoint first, so that nothing is lost."),
        (
            run_view(*RUNNING, StateChanged(state="paused")),
            "Paused at step 31 of 120. Its memory is free for others until it goes on.",
        ),
        (
            run_view(*RUNNING, Warned(code="c", text="The disk is full."), StateChanged(state="paused", loaded=True)),
            "Paused at step 31 of 120. The disk is full.",
        ),
        (run_view(*RUNNING, finished("finished")), "Done in 58 s. Loss 3.1 → 0.42."),
        (run_view(*RUNNING, finished("stopped")), "Stopped at step 31 of 120. What it learnt is kept."),
        (run_view(*RUNNING, StateChanged(state="died")), "The training process is gone: it vanished without a word."),
    ],
)
def test_every_state_of_a_run_has_its_sentence(view: RunView, sentence: str) -> None:
    assert run_sentence(view) == sentence


def test_a_paused_run_that_is_to_go_on_says_so_at_once() -> None:
    view = replace(run_view(*RUNNING, StateChanged(state="paused")), asked="resume")
    assert run_sentence(view) == "Going on from step 31…"


def test_a_resumed_run_no_longer_speaks_of_its_end() -> None:
    view = run_view(*RUNNING, finished("stopped"), *OPENED)
    assert view.finished is None
    assert run_sentence(view) == "Starting the worker…"


def test_the_numbers_of_a_run_stand_in_one_line() -> None:
    words = amounts(run_view(*RUNNING))
    assert words == "Step 31 of 120 · epoch 0.8 of 3 · loss 1.2"
    assert amounts(run_view(*OPENED)) == ""


def test_a_silent_worker_and_leaner_settings_stand_below_the_numbers() -> None:
    change = SettingChange(setting="per_device_batch_size", before=4, after=2)
    leaner = Leaner(step=30, changes=[change], saves_bytes=1, text="Memory ran out.")
    quiet = Quiet(seconds=130.0, usual_s=2.0, text="in the backward pass", place="p")
    first, second, third = amounts(run_view(*RUNNING, leaner, quiet)).splitlines()
    assert first.startswith("Step 31") and second == "Since memory ran out: batch size 4 → 2."
    more = Leaner(step=31, changes=[SettingChange(setting="per_device_batch_size", before=2, after=1)], saves_bytes=1,
                  text="")  # fmt: skip
    assert amounts(run_view(*RUNNING, leaner, more)).splitlines()[1] == "Since memory ran out: batch size 4 → 1."
    assert third == "Nothing new for 2 min, where a step takes 2 s. The worker is in the backward pass."
    assert len(amounts(run_view(*RUNNING, quiet, RUNNING[-1])).splitlines()) == 1
    warned = run_view(*RUNNING, Warned(code="engine.card_hot", text="The card is very hot."))
    assert amounts(warned).splitlines()[1:] == ["The card is very hot."]
    assert amounts(after(warned, OPENED)) == ""
    assert amounts(run_view(*OPENED, quiet)).startswith("Nothing new for 2 min")


def test_a_dead_run_says_where_it_goes_on() -> None:
    died = run_view(*RUNNING, Checkpoint(step=30, path="c"), StateChanged(state="died"))
    assert ending_words(died)[0] == "Resume goes on from the checkpoint of step 30."
    assert ending_words(run_view(*RUNNING, StateChanged(state="died")))[0].startswith("There is no checkpoint yet")


def test_figures_promise_no_more_than_they_know() -> None:
    assert [format_loss(x) for x in (3.14159, 0.4213, 0.03712, 250.0)] == ["3.1", "0.42", "0.037", "250"]
    assert [format_speed(x) for x in (12.34, 456.0, 1934.0)] == ["12 tokens/s", "460 tokens/s", "1,900 tokens/s"]


def test_the_verdict_names_what_is_left_or_missing() -> None:
    machine = FitMachine(
        gpu="RTX 3090",
        memory_total_bytes=24 * GIB,
        memory_usable_bytes=23 * GIB,
        held_bytes=GIB,
        simulated=False,
        is_gpu=True,
    )

    def estimate(size_bytes: int) -> MemoryEstimate:
        return MemoryEstimate(
            depth="instant",
            total_bytes=size_bytes,
            terms={"weights": size_bytes},
            allocated_peak_bytes=size_bytes,
            reserved_peak_bytes=size_bytes,
            context_bytes=0,
            row_tokens=2048,
        )

    assert verdict_words("fits", estimate(20 * GIB), machine) == "Fits, 3.0 GiB to spare"
    assert verdict_words("tight", estimate(22 * GIB), machine) == "Tight: 1.0 GiB to spare"
    assert verdict_words("does_not_fit", estimate(25 * GIB), machine) == "Does not fit: 2.0 GiB too much"
