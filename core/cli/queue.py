"""`tunesmith queue`: runs that are trained one after the other."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from core.cli.output import Output
from core.cli.parser import UsageError
from core.job import load_job
from core.runs.queue import RunQueue
from core.runs.store import RunStore
from core.sweeps.store import SweepStore
from core.tasks import queue, train

NAME = "queue"
HELP = "runs that are trained one after the other"
ACTIONS = ("list", "add", "remove", "move", "hold", "start")
WANTS_RUN = ("remove", "move")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`queue`, `queue add RUN`, `queue add --job FILE`, `queue remove RUN`, `queue move RUN PLACE`, `hold`, `start`."""
    parser.add_argument("action", nargs="?", choices=ACTIONS, default="list")
    parser.add_argument("name", nargs="?", metavar="RUN", help="the run's name")
    parser.add_argument("place", nargs="?", type=int, metavar="PLACE", help="where to move it: 1 is the next one")
    parser.add_argument("--job", metavar="FILE", help="add a new run of this job file")
    parser.add_argument("--accept-licence", action="store_true", help="you agree to the licence of the job's model")


def run(args: argparse.Namespace, out: Output) -> int:
    """Change the queue as asked; then say what waits."""
    if args.action in WANTS_RUN and not args.name:
        raise _usage(f"`queue {args.action}` needs the name of a run.")
    match args.action:
        case "add":
            _add(args, out)
        case "remove":
            queue.remove(args.name)
        case "move":
            if args.place is None or args.place < 1:
                raise _usage("`queue move RUN PLACE` needs a place from 1.")
            queue.move(args.name, args.place - 1)
        case "hold":
            queue.hold()
        case "start":
            queue.release()
        case _:
            queue.ensure_running()
    _show(out)
    return 0


def _add(args: argparse.Namespace, out: Output) -> None:
    if bool(args.name) == bool(args.job):
        raise _usage("`queue add` needs either the name of a run or --job FILE.")
    if args.name:
        queue.add_run(args.name)
        return
    job = load_job(Path(args.job))
    if args.accept_licence:
        train.accept_licence(job.model)
    out.note(escape(f"Queued as {queue.add(job).name}."))


def _show(out: Output) -> None:
    state, store = RunQueue(), RunStore()
    rows = [_row(store, name, place) for place, name in enumerate(state.waiting(), start=1)]
    busy, held, sweep = state.busy(), state.held, SweepStore().led()
    out.document({"running": busy, "sweep": sweep, "held": held, "waiting": rows})
    out.print(f"At work: {busy}." if busy else "No run is at work.")
    if sweep is not None:
        out.print(f"The queue goes on when the sweep {sweep} has ended.")
    if held:
        out.print("The queue is held; `tunesmith queue start` lets it go on.")
    if not rows:
        out.print("No run waits. `tunesmith queue add` puts one there, `tunesmith train … --queue` a new one.")
        return
    table = Table("Place", "Run", "Model", "Data", box=None, header_style="bold")
    for row in rows:
        table.add_row(str(row["place"]), row["name"], escape(row["model"]), escape(row["dataset"]))
    out.print(table)


def _row(store: RunStore, name: str, place: int) -> dict[str, Any]:
    summary = store.get(name).summary()
    return {
        "place": place,
        "name": name,
        "path": summary.path,
        "model": summary.model,
        "dataset": summary.dataset,
        "created": summary.created,
    }


def _usage(why: str) -> UsageError:
    return UsageError(
        "cli.usage",
        what="The command line was not understood.",
        why=why,
        remedy="See `tunesmith queue --help`.",
        where="tunesmith queue",
    )
