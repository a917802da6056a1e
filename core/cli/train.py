"""`tunesmith train`: train in the foreground of this terminal, through the same worker as the window."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path

import msgspec
from rich.markup import escape

from core.cli.output import Output
from core.cli.parser import UsageError
from core.cli.progress import EventBars
from core.cli.verdict import verdict_lines
from core.events import Failed, Finished
from core.events.stream import encode
from core.fit.words import format_bytes
from core.job import MOST_PROMPTS, TrainingJob, load_job, save_job
from core.runs.run import Run
from core.runs.store import RunStore
from core.tasks import queue, train
from core.tasks.follow import RunEvents, failure
from core.tasks.prepare import prepare

NAME = "train"
HELP = "train in the foreground of this terminal"
STOP_S = 5.0  # how long a worker that was interrupted twice may still take
INTERRUPTED = 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A job file, or model, data and settings, or a run to go on with."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--job", metavar="FILE", help="train what this job file says")
    what.add_argument("--model", metavar="MODEL", help="`starter`, a folder, a hub id, or a name of the catalogue")
    what.add_argument("--resume", metavar="RUN", help="go on with a run from its last checkpoint")
    parser.add_argument(
        "--data", metavar="FILE", help="the training data (default: the sample, with the starter model)"
    )
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting; as often as wanted")
    parser.add_argument(
        "--sample-prompt",
        action="append",
        default=[],
        metavar="TEXT",
        help=f"ask the model this while it trains; up to {MOST_PROMPTS} times (default: chosen by itself)",
    )
    parser.add_argument(
        "--accept-licence", action="store_true", help="you have read the model's licence and agree to it"
    )
    parser.add_argument("--save-job", metavar="FILE", help="write the job file and train nothing")
    parser.add_argument("--detach", action="store_true", help="return at once with the run's name")
    parser.add_argument("--queue", action="store_true", help="train when no other run is at work; return at once")


def run(args: argparse.Namespace, out: Output) -> int:
    """Start or go on, then follow to the end."""
    if args.resume:
        if args.set or args.data or args.save_job or args.sample_prompt:
            raise _usage(
                "--resume goes on with what the run was started with; it takes no --set, --data, --sample-prompt or "
                "--save-job."
            )
        found = RunStore().get(args.resume)
        if args.queue:
            queue.add_run(args.resume)
            return _queued(found, out)
        events = RunEvents(found, skip_existing=True)
        return follow(train.resume(args.resume), args.detach, out, events)
    if len(args.sample_prompt) > MOST_PROMPTS:
        raise _usage(f"A run is asked at most {MOST_PROMPTS} prompts.")
    with ExitStack() as stack:
        bars = stack.enter_context(EventBars(out.err))
        if args.job:
            if args.set or args.data or args.sample_prompt:
                raise _usage("--job FILE says everything; it takes no --set, --data or --sample-prompt.")
            job, plan = load_job(Path(args.job)), None
            if args.accept_licence:
                train.accept_licence(job.model)
        else:
            model, accepted = args.model or "starter", args.accept_licence
            prepared = prepare(model, args.data, args.set, bars.show, accept_licence=accepted)
            job = msgspec.structs.replace(prepared.job, sample_prompts=tuple(args.sample_prompt))
            plan = prepared.plan
    if args.save_job:
        return _save(job, Path(args.save_job), out)
    if args.queue:
        return _queued(queue.add(job, plan), out)
    started = train.start(job, plan)
    return follow(started, args.detach, out, RunEvents(started))


def _usage(why: str) -> UsageError:
    return UsageError(
        "cli.usage",
        what="The command line was not understood.",
        why=why,
        remedy="See `tunesmith train --help`.",
        where="tunesmith train",
    )


def _queued(waits: Run, out: Output) -> int:
    place = len(queue.waiting())
    out.document({"run": waits.name, "path": str(waits.path), "place": place})
    out.print(f"Queued as {waits.name}. `tunesmith queue` shows what waits.")
    return 0


def _save(job: TrainingJob, path: Path, out: Output) -> int:
    save_job(job, path)
    out.document({"job": str(path)})
    out.print(escape(f"Wrote {path}. `tunesmith train --job {path}` trains it."))
    return 0


def follow(started: Run, detach: bool, out: Output, events: RunEvents) -> int:
    """Show a run to its end, or say at once that it goes on; the exit code."""
    if detach:
        out.document({"run": started.name, "path": str(started.path)})
        out.print(f"Training goes on in the background as {started.name}. `tunesmith runs` shows how it goes.")
        return 0
    interrupted = False
    while True:
        try:
            return _end(started, _show(events, out), out, interrupted)
        except KeyboardInterrupt:
            if interrupted:
                out.note("Ending it now; its last checkpoint stays.")
                train.end(str(started.path), STOP_S)
                _show(events, out)
                return INTERRUPTED
            out.note("Stopping with a checkpoint …")
            interrupted = True
            train.stop(str(started.path))


def _show(events: RunEvents, out: Output) -> Finished:
    with EventBars(out.err) as bars:
        for event in events.with_death():
            out.line(encode(event))
            bars.show(event)
            if isinstance(event, Failed):
                out.explain(failure(event))
            if isinstance(event, Finished):
                return event
    raise AssertionError("iterating ends with a finished event")


def _from_where(started: Run) -> str:
    return "from its checkpoint" if started.checkpoints() else "from the first step: no checkpoint was written"


def _end(started: Run, last: Finished, out: Output, interrupted: bool) -> int:
    loss = "" if last.loss_last is None else f" Loss {last.loss_first:.2f} → {last.loss_last:.2f}."
    memory = f"Peak memory {format_bytes(last.peak_memory_bytes)}"
    if last.predicted_memory_bytes:
        memory += f", predicted {format_bytes(last.predicted_memory_bytes)}"
    out.print(f"{started.name}: {last.state} after {last.steps} steps in {last.seconds:.0f} s.{loss} {memory}.")
    for line in verdict_lines(started.summary()):
        out.print(escape(line))
    if last.state in ("stopped", "died") and not last.stopped_early:
        out.print(f"`tunesmith train --resume {started.name}` goes on {_from_where(started)}.")
    if interrupted:
        return INTERRUPTED
    if last.state == "finished":
        out.print(f"`tunesmith chat {started.name} --prompt TEXT` shows what it has learnt.")
    return 0 if last.state in ("finished", "stopped") else 1
