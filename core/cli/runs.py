"""`tunesmith runs`: every run; show, compare, name, tag, annotate, delete one."""

from __future__ import annotations

import argparse
import time
from typing import Any

import msgspec
from rich.markup import escape
from rich.table import Column, Table

from core.cli.comparison import compared
from core.cli.labels import noted, renamed, tagged
from core.cli.output import Output
from core.cli.parser import UsageError
from core.cli.telling import TELLING
from core.cli.verdict import verdict_lines
from core.events import Judged
from core.fit.cost import HOUR_S
from core.fit.words import format_hours
from core.runs.leaner import all_changes, change_words
from core.runs.store import RunStore
from core.runs.summary import RunSummary

NAME = "runs"
HELP = "every run; show, compare, rename, tag, annotate, pause, resume, stop or delete one"


NAMED_ELSEWHERE = {"compare": compared, "rename": renamed, "tag": tagged, "note": noted, **TELLING}
NAMED = ("show", *NAMED_ELSEWHERE, "delete")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`runs`, `runs show RUN`, `runs compare RUN RUN …`, `runs rename RUN TITLE`, `runs tag RUN TAG …`,
    `runs note RUN TEXT`, `runs pause RUN` (`resume`, `checkpoint`, `stop`), `runs delete RUN --yes`."""
    parser.add_argument("action", nargs="?", choices=("list", *NAMED), default="list")
    parser.add_argument("name", nargs="?", metavar="RUN", help="the run's name, its title, or its folder")
    parser.add_argument("rest", nargs="*", metavar="…", help="other runs, a title, tags, or a note; none takes it away")
    parser.add_argument("--yes", action="store_true", help="delete without asking")


def run(args: argparse.Namespace, out: Output) -> int:
    """List, or do one thing with one run."""
    store = RunStore()
    if args.action == "list":
        summaries = store.list()
        out.document([row(summary) for summary in summaries])
        out.print(_table(summaries) if summaries else "No runs yet. `tunesmith train` makes the first.")
        return 0
    if not args.name:
        raise UsageError(
            "cli.usage",
            what="The command line was not understood.",
            why=f"`runs {args.action}` needs the name of a run.",
            remedy="`tunesmith runs` lists them.",
            where="tunesmith runs",
        )
    if args.action == "show":
        return _show(store, args.name, out)
    if args.action == "delete":
        return _delete(store, args.name, args.yes, out)
    return NAMED_ELSEWHERE[args.action](store, args.name, args.rest, out)


def row(summary: RunSummary) -> dict[str, Any]:
    """A summary as the contract's keys."""
    return {key: value for key, value in msgspec.structs.asdict(summary).items() if key != "phase"}


def _show(store: RunStore, name: str, out: Output) -> int:
    found = store.get(name)
    summary = found.summary()
    document = row(summary)
    if summary.model:
        document["settings"] = msgspec.structs.asdict(found.job().settings)
        document["leaner"] = [msgspec.structs.asdict(change) for change in all_changes(found.path)]
        document["checkpoints"] = [path.name for path in found.checkpoints()]
        document["adapter"] = str(found.adapter() or "")
    out.document(document)
    table = Table(show_header=False, box=None)
    for key, value in document.items():
        if key == "leaner":
            value = change_words(all_changes(found.path)) or "nothing"
        if not isinstance(value, (dict, Judged)):
            table.add_row(key, escape(str(value)))
    for line in verdict_lines(summary):
        table.add_row("verdict", escape(line))
    for key, value in document.get("settings", {}).items():
        table.add_row(f"settings.{key}", escape(str(value)))
    out.print(table)
    return 0


def _delete(store: RunStore, name: str, sure: bool, out: Output) -> int:
    found = store.get(name)
    if not sure:
        raise UsageError(
            "cli.unconfirmed",
            what=f"The run “{found.name}” was not deleted.",
            why="Deleting cannot be undone, and --yes was not given.",
            remedy=f"`tunesmith runs delete {found.name} --yes` deletes it.",
            where=str(found.path),
        )
    store.delete(name)
    out.document({"deleted": found.name})
    out.print(f"Deleted {found.name}.")
    return 0


def _table(summaries: list[RunSummary]) -> Table:
    run = Column("Run", no_wrap=True)  # it is copied into the next command
    table = Table(run, "State", "Model", "Data", "Step", "Loss", "Created", box=None, header_style="bold")
    for summary in summaries:
        table.add_row(
            escape(summary.shown_name),
            summary.state,
            escape(summary.model),
            escape(summary.dataset),
            _step(summary),
            "–" if summary.loss_last is None else f"{summary.loss_last:.3f}",
            time.strftime("%Y-%m-%d %H:%M", time.localtime(summary.created)) if summary.created else "–",
        )
    return table


def _step(summary: RunSummary) -> str:
    if not summary.steps_total:
        return "–"
    left = f", {format_hours(summary.left_s / HOUR_S)} left" if summary.state == "running" and summary.left_s else ""
    return f"{summary.step} of {summary.steps_total}{left}"
