"""A sweep on the Train page, in words."""

from __future__ import annotations

from core.errors import TunesmithError
from core.sweeps.halving import field_sizes, rungs_for, whole_runs
from core.sweeps.standing import Standing
from core.sweeps.words import course_words
from desktop.pages.train_words import format_about
from desktop.state import AppState
from desktop.sweep_draft import SweepDraft, budget_of, count_of
from desktop.sweep_view import SweepView
from desktop.widgets.durations import format_duration, format_left

STARTING_S = 10.0  # until a worker trains: an assumption for the form; the sweep measures it
ABOUT = (
    "A sweep trains the same job several times with other settings, and shows which of them learn best. All runs start "
    "short; at each rung the half that does worse is dropped, and the others go on from where they stopped (successive "
    "halving). They are compared by the loss on the same rows that none of them trains on. At the end the winner is "
    "trained once more with another seed: how far those two lie apart is the noise, and a lead that is not clearly "
    "larger may be luck."
)


def problem_of(draft: SweepDraft, state: AppState) -> str:
    """Why the draft cannot be a sweep; empty if it can."""
    if state.settings is None:
        return "The recommendation comes in a moment."
    try:
        count_of(draft, state.settings)
    except TunesmithError as error:
        return f"{error.what} {error.remedy}"
    return ""


def plan_words(draft: SweepDraft, state: AppState) -> str:
    """What the sweep in the form will do and take, before anything starts."""
    if problem := problem_of(draft, state):
        return problem
    assert state.settings is not None
    count = count_of(draft, state.settings)
    rungs = rungs_for(count)
    cost = whole_runs(count, rungs)
    words = (
        f"{course_words(field_sizes(count, rungs), rungs)}; then the winner once more with another seed. That is the "
        f"time of {cost:.3g} whole runs"
    )
    if state.duration is None:
        return f"{words}."
    starting = STARTING_S * (sum(field_sizes(count, rungs)) + 1)
    work = cost * state.duration.seconds
    words += f", about {format_about(starting + work)} here"
    if draft.in_money:
        return f"{words}. The runs are shortened where that costs more than your budget."
    allowed = 60.0 * budget_of(draft)
    if starting + work <= allowed:
        return f"{words}, which your budget allows."
    share = max(0.0, allowed - starting) / work
    return f"{words}. To keep to your budget, every run will have about {share:.0%} of its steps."


def sweep_sentence(view: SweepView, state: AppState) -> str:
    """What the sweep does, or how it ended."""
    if view.is_form:
        if view.asked == "start":
            return "Starting the sweep."
        words = "Try several settings, and see which learn best."
        return f"{words} It begins when {state.active.name} has ended." if state.active is not None else words
    table = view.table
    if table is None:
        return "Reading the sweep."
    if view.asked in ("stop", "end"):
        return "Stopping: the run at work writes a checkpoint first, so that nothing is lost."
    return {
        "new": "Starting.",
        "running": f"{table.text} {left_words(table)}".strip() or "Starting.",
        "waiting": table.text,
        "stopped": f"Stopped. {table.text} Resume goes on where it was.".replace("  ", " "),
        "finished": f"Done in {format_duration(table.spent_s)}; the budget was {format_duration(table.budget_s)}.",
        "failed": f"The sweep ended with an error. {table.text}",
        "died": f"{table.text} Resume goes on where it was.",
    }[table.state]


def left_words(table: Standing) -> str:
    """“3 min 20 s left; the budget is 30 min.” And how much of its steps every run has for it, where not all."""
    if not table.left_s:
        return ""
    cut = f", for which every run has {table.kept_share:.0%} of its steps" if table.kept_share < 1.0 else ""
    return f"{format_left(table.left_s)}; the budget is {format_duration(table.budget_s)}{cut}."


def result_words(table: Standing) -> str:
    """What was found; and that the runs were cut, where they were."""
    words = table.words
    if table.kept_share < 1.0:
        words = f"{words} To keep to the budget every run had {table.kept_share:.0%} of its steps.".strip()
    return words
