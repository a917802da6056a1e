"""`tunesmith runs rename`, `tag` and `note`: what the person calls a run and writes about it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.markup import escape

from core.cli.output import Output
from core.runs.run import Run
from core.runs.store import RunStore


def renamed(store: RunStore, name: str, rest: Sequence[str], out: Output) -> int:
    """Call a run otherwise; without a title, by its folder's name again."""
    return _said(store.rename(name, " ".join(rest)), out)


def tagged(store: RunStore, name: str, rest: Sequence[str], out: Output) -> int:
    """Put these tags on a run instead of those that it had."""
    return _said(store.tag(name, rest), out)


def noted(store: RunStore, name: str, rest: Sequence[str], out: Output) -> int:
    """Keep a note about a run instead of the one before."""
    return _said(store.note(name, " ".join(rest)), out)


def _said(run: Run, out: Output) -> int:
    info = run.info()
    out.document({"run": run.name, "title": info.title, "tags": info.tags, "notes": info.notes})
    parts = [f"{run.name} is called “{info.title}”" if info.title else f"{run.name} goes by that name"]
    parts += [f"tagged {', '.join(info.tags)}"] if info.tags else []
    parts += [f"with the note “{info.notes}”"] if info.notes else []
    out.print(escape(f"{', '.join(parts)}."))
    return 0
