"""`tunesmith runs pause`, `resume`, `checkpoint` and `stop`: what the worker of a run is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from core.cli.output import Output
from core.errors import TunesmithError
from core.runs.store import RunStore
from core.tasks import train

Told = Callable[[RunStore, str, Sequence[str], Output], int]


def told(action: str, store: RunStore, name: str, rest: Sequence[str], out: Output) -> int:
    """Tell the worker of a run; one that nobody works on can only be resumed."""
    found = store.get(name)
    if action != "resume" and not found.summary().active:
        raise TunesmithError(
            "run.not_active",
            what=f"The run “{found.name}” is not at work.",
            why="No process trains it.",
            remedy=f"`tunesmith runs resume {found.name}` lets it go on, if it is not finished.",
            where=str(found.path),
        )
    tell, words = ACTIONS[action]
    tell(str(found.path))
    out.document({"run": found.name, "told": action})
    out.print(words)
    return 0


ACTIONS: dict[str, tuple[Callable[[str], object], str]] = {
    "pause": (train.pause, "It holds still after the step at work, its memory given back."),
    "resume": (train.resume, "It goes on in the background."),
    "checkpoint": (train.checkpoint, "It writes a checkpoint after the step at work."),
    "stop": (train.stop, "It writes a checkpoint after the step at work, and ends."),
}
TELLING: dict[str, Told] = {action: partial(told, action) for action in ACTIONS}
