"""`tunesmith lr-test`: some minutes of the job's own steps at rising learning rates, and the rate that follows."""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec
from rich.markup import escape

from core.cli.output import Output
from core.cli.parser import UsageError
from core.cli.progress import EventBars
from core.events import AnyEvent, RateTried
from core.job import TrainingJob, load_job
from core.tasks import lr_range
from core.tasks.prepare import prepare

NAME = "lr-test"
HELP = "find a learning rate by trying rising ones"
DRAWN = 12  # lines of the curve
WIDTH = 30  # of its bars


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A job file, or model, data and settings, as for `train`."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--job", metavar="FILE", help="test what this job file says")
    what.add_argument("--model", metavar="MODEL", help="`starter`, a folder, a hub id, or a name of the catalogue")
    parser.add_argument("--data", metavar="FILE", help="the training data (default: the sample)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting; as often as wanted")


def run(args: argparse.Namespace, out: Output) -> int:
    """Test, and say what was found."""
    tried: list[RateTried] = []
    with EventBars(out.err) as bars:

        def hear(event: AnyEvent) -> None:
            bars.show(event)
            if isinstance(event, RateTried):
                tried.append(event)

        found = lr_range.find(_job(args, bars), hear)
    points = [[one.learning_rate, one.loss] for one in tried]
    fields = msgspec.structs.asdict(found)
    out.document(
        {key: fields[key] for key in ("proposed", "steepest", "lowest", "exploded", "text")} | {"points": points}
    )
    for line in _curve(tried):
        out.print(escape(line))
    out.print(found.text)
    if found.proposed is not None:
        out.print(f"`tunesmith train … --set learning_rate={found.proposed:g}` trains with the rate that follows.")
    return 0


def _job(args: argparse.Namespace, bars: EventBars) -> TrainingJob:
    if not args.job:
        return prepare(args.model or "starter", args.data, args.set, bars.show).job
    if args.set or args.data:
        raise UsageError(
            "cli.usage",
            what="The command line was not understood.",
            why="--job FILE says everything; it takes no --set or --data.",
            remedy="See `tunesmith lr-test --help`.",
            where="tunesmith lr-test",
        )
    return load_job(Path(args.job))


def _curve(tried: list[RateTried]) -> list[str]:
    """The course as lines: rate, loss, and a bar as long as the loss."""
    if not tried:
        return []
    highest = max(one.loss for one in tried)
    count = min(DRAWN, len(tried))
    shown = [tried[round(place * (len(tried) - 1) / max(1, count - 1))] for place in range(count)]
    return [f"{one.learning_rate:8.1e}  {one.loss:6.3f}  {'▪' * round(WIDTH * one.loss / highest)}" for one in shown]
