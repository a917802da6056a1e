"""Doing a run again: the same job, into a new run, which says whose repetition it is.

What a run changed by itself because memory ran out, its repetition has from the first step. Where the first run had it
from its first step too, because nothing had been kept before, both come to the same; else that is said beforehand.
"""

from __future__ import annotations

import msgspec

from core.errors import TunesmithError
from core.runs.info import RunInfo
from core.runs.leaner import all_changes, change_words, read_leaner
from core.runs.run import Run
from core.runs.store import RunStore
from core.tasks import train
from core.tasks.made_of import Difference, differences

SETTINGS_CHANGED = "Its settings changed"


def changes_since(name: str) -> list[Difference]:
    """Why the run called `name`, done again today, might come to something else.

    Raises:
        TunesmithError: `run.not_found`, `run.incomplete`, `model.not_here`, `data.not_found`, `data.not_readable`.
    """
    run = RunStore().get(name)
    return [*_changed_midway(run), *differences(run.info(), run.job())]


def _changed_midway(run: Run) -> list[Difference]:
    """Each change of its settings that left steps behind which were trained without it."""
    return [
        Difference(SETTINGS_CHANGED, "", f"after step {one.step:,}, where memory ran out: {change_words(one.changes)}")
        for one in read_leaner(run.path)
        if one.step
    ]


def again(name: str, *, anyway: bool = False) -> Run:
    """A new run, not started, that repeats the one called `name`, with the settings that it trained with at its end. On
    the processor, with nothing changed, it comes to the same adapter, bit for bit.

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
            remedy=_remedy(changed),
            where=name,
        )
    run = RunStore().get(name)
    changes = all_changes(run.path)
    # Of other data the rows are others, and joined in smaller batches the longest count for more each.
    about = RunInfo(name="", repeats=run.name, begins_with=changes)
    if not (changed or changes):
        made = run.info()
        about = msgspec.structs.replace(
            about, predicted_row_tokens=made.predicted_row_tokens, predictions=made.predictions
        )
    return train.create(run.job_as_trained(), about=about)


def _remedy(changed: list[Difference]) -> str:
    """What can be done about `changed`: what memory ran out at cannot be put back."""
    midway = [one for one in changed if one.what == SETTINGS_CHANGED]
    if not midway:
        return "Put that back, or do it again anyway (--anyway): it may come to something else."
    rest = "" if len(midway) == len(changed) else " Put the rest back first, if you can."
    return (
        "Do it again anyway (--anyway): it trains with the settings of the end from its first step, and comes to "
        f"nearly the same.{rest}"
    )
