"""The Train page in words: one sentence for every state of the next run and of the run that is shown."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from core.fit.describe import model_name, place_name
from core.fit.values import Duration, FitMachine, MemoryEstimate, Speed, Verdict
from core.fit.words import format_bytes
from core.runs.leaner import change_words, summed
from core.runs.silence import quiet_words
from desktop.state import AppState
from desktop.widgets.durations import format_duration, format_left

if TYPE_CHECKING:
    from desktop.run_view import RunView


def format_loss(loss: float) -> str:
    """Two significant digits: “3.1”, “0.42”, “0.037”."""
    return f"{loss:.2g}" if loss < 100 else f"{loss:.0f}"


def format_speed(tokens_per_second: float) -> str:
    """“1,900 tokens/s”, to two or three significant digits, because more would promise too much."""
    if tokens_per_second < 100:
        return f"{tokens_per_second:.2g} tokens/s"
    digits = -1 if tokens_per_second < 1000 else -2
    return f"{round(tokens_per_second, digits):,.0f} tokens/s"


def format_about(seconds: float) -> str:
    """“40 s”, “4 min”, “2 h 05 min”: as exact as an expectation may be."""
    if seconds < 55:
        return f"{max(5, 5 * round(seconds / 5))} s"
    return f"{max(1, round(seconds / 60))} min" if seconds < 3600 else format_duration(seconds)


def verdict_words(verdict: Verdict, estimate: MemoryEstimate, machine: FitMachine) -> str:
    """“Fits, 3.1 GiB to spare”."""
    spare = machine.memory_usable_bytes - estimate.total_bytes
    if verdict == "does_not_fit":
        return f"Does not fit: {format_bytes(max(0, -spare))} too much"
    if verdict == "tight":
        return f"Tight: {format_bytes(max(0, spare))} to spare"
    return f"Fits, {format_bytes(max(0, spare))} to spare"


def plan_words(
    memory: MemoryEstimate, verdict: Verdict, speed: Speed, duration: Duration | None, machine: FitMachine
) -> str:
    """“5.2 GiB to spare, about 28 min”; the speed instead of the time while the data is not known."""
    spare = machine.memory_usable_bytes - memory.total_bytes
    room = f"{format_bytes(abs(spare))} {'too much' if verdict == 'does_not_fit' else 'to spare'}"
    return f"{room}, {format_about(duration.seconds) if duration else format_speed(speed.tokens_per_second)}"


def next_run_sentence(state: AppState) -> str:
    """What stands between the person and the next run, or what it will be."""
    if state.model is None:
        return "No model is chosen yet."
    if state.dataset is None and "data" in state.errors:
        return "The data cannot be read yet; the Data page says why."
    if state.settings is None or state.estimate is None or state.verdict is None or state.fit_machine is None:
        return "Working out what fits."
    spare = verdict_words(state.verdict, state.estimate, state.fit_machine)
    return f"{model_name(state.model)} on {place_name(state.fit_machine)}: {spare[0].lower()}{spare[1:]}."


def run_sentence(view: RunView) -> str:
    """What the run does, or how it ended."""
    if not view.caught_up and view.name:
        return "Reading the run."
    if view.asked == "stop":
        return "Stopping: writing a checkpoint first, so that nothing is lost."
    if view.asked == "pause" and view.summary.state == "running":
        return "Pausing after this step."
    if view.asked == "resume" and view.summary.state not in ("starting", "running"):
        return f"Going on from step {view.summary.step:,}…"
    return {
        "new": "The worker is starting.",
        "starting": _loading(view),
        "running": _running(view),
        "paused": _paused(view),
        "finished": _done(view),
        "stopped": f"Stopped at step {view.summary.step:,} of {view.summary.steps_total:,}. What it learnt is kept.",
        "failed": "The run ended with an error.",
        "died": f"The training process is gone: {view.death or 'it vanished without a word'}.",
    }[view.summary.state]


def _paused(view: RunView) -> str:
    """Where it holds still, and whether the memory is free meanwhile."""
    where = f"Paused at step {view.summary.step:,} of {view.summary.steps_total:,}."
    if view.loaded:
        return f"{where} {view.warning}"
    return f"{where} Its memory is free for others until it goes on."


def _loading(view: RunView) -> str:
    return f"{view.progress.text.rstrip('.…')}…" if view.progress is not None else "Starting the worker…"


def _running(view: RunView) -> str:
    if view.last_step is None:
        return _loading(view) if view.progress is not None else "Everything is loaded; the first step is computed."
    return f"Training {view.summary.model or 'the model'}, {format_left(view.summary.left_s)}."


def _done(view: RunView) -> str:
    if view.finished is None:
        return "Done."
    words = f"Done in {format_duration(view.finished.seconds)}."
    first, last = view.finished.loss_first, view.finished.loss_last
    if first is not None and last is not None:
        words += f" Loss {format_loss(first)} → {format_loss(last)}."
    return words


def resume_words(view: RunView) -> str:
    """Where Resume would go on."""
    if view.checkpoint:
        return f"Resume goes on from the checkpoint of step {view.checkpoint:,}."
    again = "A new run begins again." if view.summary.state == "failed" else "Resume begins again."
    return f"There is no checkpoint yet. {again}"


def ending_words(view: RunView) -> tuple[str, str]:
    """What to know of a run that has ended, and what comes next."""
    if view.summary.state != "finished":
        lost = "What was learnt after it is computed again." if view.checkpoint else ""
        return resume_words(view), f"{kept_words(view)}{lost}".strip()
    peak, promised = view.summary.peak_memory_bytes, view.summary.predicted_memory_bytes
    words = f"It took {format_bytes(peak)} at its peak" if peak else "Its result is kept among the runs"
    if peak and promised:
        words += f"; {format_bytes(promised)} was predicted"
    return f"{words}.", f"{kept_words(view)}Chat with it to hear what has changed."


def kept_words(view: RunView) -> str:
    """Which step the result is of, where it is not the last; and that the run ended by itself before its time."""
    summary = view.summary
    words = ""
    if summary.stopped_early:
        words += f"It ended by itself at step {summary.step:,} of {summary.steps_total:,}. "
    if 0 < summary.adapter_step < summary.step:
        words += f"The result is the adapter of step {summary.adapter_step:,}, where validation was best. "
    return words


def amounts(view: RunView) -> str:
    """How far the run is, in numbers: step, epoch and loss; what was warned of; what it changed by itself; and what its
    worker does if it has said nothing for long."""
    summary, step = view.summary, view.last_step
    quiet = quiet_words(view.quiet) if view.quiet is not None and summary.active else ""
    if step is None or summary.state in ("new", "starting"):
        return quiet
    epochs = f" of {view.started.epochs:g}" if view.started is not None else ""
    parts = [
        f"Step {summary.step:,} of {summary.steps_total:,}",
        f"epoch {step.epoch:.1f}{epochs}",
        f"loss {format_loss(step.loss)}",
    ]
    leaner = f"Since memory ran out: {change_words(summed(view.leaner))}." if view.leaner else ""
    noted = view.warning if summary.state == "running" else ""
    return "\n".join(line for line in (" · ".join(parts), noted, leaner, quiet) if line)


def data_words(state: AppState) -> str:
    """What is learnt from."""
    name = "The sample that ships" if state.dataset_ref.source == "sample" else PurePath(state.dataset_ref.path).name
    if state.dataset is None and state.hub_model:
        guessed = f"{len(state.guessed_lengths):,} rows. " if state.guessed_lengths else ""
        return f"{name}, {guessed}Its tokens are guessed from its text until the model's own tokenizer is here"
    if state.dataset is None:
        return f"{name}, which is being read"
    return f"{name}, {state.dataset.rows:,} rows"


def chosen_reasons(state: AppState) -> list[str]:
    """Why the chosen plan is what it is; nothing for the person's own."""
    plans = state.recommendation.plans if state.recommendation is not None else []
    return next((plan.reasons for plan in plans if plan.name == state.plan), [])
