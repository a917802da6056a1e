"""`tunesmith re-run`: train the same job once more, into a new run."""

from __future__ import annotations

import argparse

from rich.markup import escape

from core.cli.output import Output
from core.cli.train import follow
from core.tasks import rerun, train
from core.tasks.follow import RunEvents

NAME = "re-run"
HELP = "train the same job once more; on the processor it comes to the same adapter"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`re-run RUN [--anyway] [--detach]`."""
    parser.add_argument("name", metavar="RUN", help="the run's name, its title, or its folder")
    parser.add_argument("--anyway", action="store_true", help="also where data, model or libraries have changed since")
    parser.add_argument("--detach", action="store_true", help="return at once with the run's name")


def run(args: argparse.Namespace, out: Output) -> int:
    """Say what has changed, then train."""
    if args.anyway:
        for change in rerun.changes_since(args.name):
            out.note(escape(f"{change.words}."))
    made = rerun.again(args.name, anyway=args.anyway)
    if made.info().begins_with:
        out.note(escape(f"It repeats {made.summary().repeats_words}."))
    events = RunEvents(made, skip_existing=True)
    train.launch(made)
    return follow(made, args.detach, out, events)
