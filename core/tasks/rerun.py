"""Doing a run again: the same job, into a new run, which says whose repetition it is."""

from __future__ import annotations

from core.errors import TunesmithError
from core.runs.info import RunInfo
from core.runs.run import Run
from core.runs.store import RunStore
from core.tasks import train
from core.tasks.made_of import Difference, differences


def changes_since(name: str) -> list[Difference]:
    """Why the run called `name`, done again today, might come to something else.

    Raises:
        TunesmithError: `run.not_found`, `run.incomplete`, `model.not_here`, `data.not_found`, `data.not_readable`.
    """
    run = RunStore().get(name)
    return differences(run.info(), run.job())


def again(name: str, *, anyway: bool = False) -> Run:
    """A new run, not started, that repeats the one called `name`. On the processor, with nothing changed, it comes to
    the same adapter, bit for bit.

    Args:
        anyway: also where something is no longer as it was.

    Raises:
        TunesmithError: `run.made_differently` where something is no longer as it was; as `changes_since`, and as
            `core.tasks.train.create`.
    """
    changed = changes_since(name)
    if changed and not anyway:
        raise TunesmithError(
            "run.made_differently",
            what=f"“{name}” cannot be done again exactly.",
            why=f"{'; '.join(one.words for one in changed)}.",
            remedy="Put that back, or do it again anyway (--anyway): it may come to something else.",
            where=name,
        )
    run = RunStore().get(name)
    return train.create(run.job(), about=RunInfo(name="", repeats=run.name))
