"""What the run at work says outside the pages: the window's title, and how an end is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.state import ActiveRun, AppState
from desktop.widgets.durations import format_duration

if TYPE_CHECKING:
    from core.runs.summary import RunSummary

TITLE = "Tunesmith"


def shown_name(state: AppState, name: str) -> str:
    """What the person calls the run `name`."""
    return next((run.shown_name for run in state.runs if run.name == name), name)


def window_title(state: AppState) -> str:
    """“37 % · 2026-11-24-starter – Tunesmith” while a run is on."""
    run = state.active
    if run is None:
        return TITLE
    return f"{progress_words(run)} · {shown_name(state, run.name)} – {TITLE}"


def progress_words(run: ActiveRun) -> str:
    """“37 %”, or what it does instead of going on."""
    if run.state == "paused":
        return "Paused"
    return f"{100 * run.share:.0f} %" if run.steps_total else "Starting"


def ending_words(run: RunSummary) -> tuple[str, str]:
    """A title and a sentence, for somebody who looks elsewhere."""
    loss = f" Loss {run.loss_last:.3f}." if run.loss_last is not None else ""
    match run.state:
        case "finished":
            return "Training is done", f"{run.shown_name} took {format_duration(run.seconds)}.{loss}"
        case "failed":
            why = run.error["what"] if run.error is not None else "Tunesmith shows why."
            return "Training has failed", f"{run.shown_name}: {why}"
        case "died":
            return "Training has ended unexpectedly", f"{run.shown_name}: its process is gone. Resume goes on."
        case _:
            return "Training has stopped", f"{run.shown_name} can be resumed.{loss}"
