"""`tunesmith sweep`: try several values of a few settings within a budget, and say which won by how much."""

from __future__ import annotations

import argparse
import time
from typing import Any

import msgspec
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from core.cli.output import Output
from core.cli.parser import UsageError
from core.cli.progress import EventBars
from core.errors import TunesmithError
from core.runs.queue import RunQueue
from core.settings import SETTINGS
from core.settings.building import allowed, unknown_key
from core.sweeps.halving import field_sizes, whole_runs
from core.sweeps.standing import Row, Standing
from core.sweeps.store import SweepStore
from core.sweeps.values import Sweep, Value
from core.sweeps.words import course_words, share_word
from core.tasks import sweep as sweeps
from core.tasks.prepare import prepare

NAME = "sweep"
HELP = "try several values of a few settings and see which wins"
ACTIONS = ("start", "list", "show", "resume", "stop", "delete")
POLL_S = 0.5
STOP_S = 5.0
INTERRUPTED = 130
ENDED = ("stopped", "finished", "failed", "died")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`sweep`, `sweep list`, `sweep show|resume|stop|delete NAME`."""
    parser.add_argument("action", nargs="?", choices=ACTIONS, default="start")
    parser.add_argument("name", nargs="?", metavar="NAME", help="the sweep's name, for what is done with one")
    parser.add_argument("--model", metavar="MODEL", help="`starter`, a folder, a hub id, or a name of the catalogue")
    parser.add_argument("--data", metavar="FILE", help="the training data (default: the sample)")
    parser.add_argument(
        "--vary",
        action="append",
        default=[],
        metavar="KEY=A,B,C",
        help="a setting and the values to try; up to 3 times, 2 to 8 combinations in all",
    )
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of all the runs")
    budget = parser.add_mutually_exclusive_group()
    budget.add_argument("--minutes", type=float, help="what the whole may take")
    budget.add_argument("--money", type=float, help="what the electricity for the whole may cost")
    parser.add_argument("--detach", action="store_true", help="return at once with the sweep's name")
    parser.add_argument("--yes", action="store_true", help="delete without asking")


def run(args: argparse.Namespace, out: Output) -> int:
    """Start, list, show, go on with, stop or delete."""
    if args.action == "list":
        return _list(out)
    if args.action == "start":
        return _start(args, out)
    if not args.name:
        raise _usage(f"`sweep {args.action}` needs the name of a sweep.")
    match args.action:
        case "show":
            return _end(sweeps.show(args.name), out)
        case "stop":
            sweeps.stop(args.name)
            out.document({"sweep": args.name, "stopping": True})
            out.print(f"{args.name} stops; the run at work writes a checkpoint first.")
            return 0
        case "delete":
            return _delete(args, out)
        case _:
            _say_turn(SweepStore().read(args.name), out)
            sweeps.launch(args.name)
            return _follow(args.name, args.detach, out)


def values_of(texts: list[str]) -> dict[str, list[Value]]:
    """What `--vary` says: `lora_rank=8,16` as `{"lora_rank": [8, 16]}`.

    Raises:
        TunesmithError: `settings.not_a_pair`, `settings.unknown_key`, `settings.bad_value`.
    """
    vary: dict[str, list[Value]] = {}
    for text in texts:
        key, equals, listed = text.partition("=")
        key = key.strip()
        if not equals or not listed.strip():
            raise TunesmithError(
                "settings.not_a_pair",
                what=f"“{text}” is not a setting with values.",
                why="A setting, = and its values with commas between are needed.",
                remedy="Write, for example, --vary lora_rank=8,16,32.",
                where="--vary",
            )
        if key not in SETTINGS:
            raise unknown_key(key, "--vary")
        vary[key] = [_value(key, one.strip()) for one in listed.split(",")]
    return vary


def _value(key: str, text: str) -> Value:
    kinds = {"int": int, "float": float, "bool": lambda word: {"true": True, "false": False}[word.lower()]}
    try:
        return kinds.get(SETTINGS[key].kind, str)(text)  # type: ignore[operator,no-any-return]
    except (ValueError, KeyError) as error:
        raise TunesmithError(
            "settings.bad_value",
            what=f"The setting “{key}” cannot be “{text}”.",
            why="It is not of the kind that the setting is.",
            remedy=allowed(SETTINGS[key]),
            where="--vary",
        ) from error


def _start(args: argparse.Namespace, out: Output) -> int:
    if args.name:
        raise _usage(f"`sweep start` takes no name; “{args.name}” is one too many.")
    if not args.vary:
        raise _usage("--vary says which settings are tried, for example --vary lora_rank=8,16,32.")
    vary = values_of(args.vary)
    sweeps.check_budget(args.minutes, args.money)
    with EventBars(out.err) as bars:
        prepared = prepare(args.model or "starter", args.data, args.set, bars.show)
    lengths = prepared.report.lengths
    made = sweeps.create(prepared.job, vary, minutes=args.minutes, money=args.money, lengths=lengths)
    out.note(cost_words(made))
    _say_turn(made, out)
    sweeps.launch(made.name)
    return _follow(made.name, args.detach, out)


def cost_words(sweep: Sweep) -> str:
    """“6 runs to 1/4 of their steps, 3 to 1/2, 2 to the end, …: 4.25 whole runs within 30 minutes.”"""
    count = len(sweep.candidates)
    course = course_words(field_sizes(count, sweep.rungs), sweep.rungs)
    cost = whole_runs(count, sweep.rungs)
    minutes = sweep.budget_s / 60.0
    return (
        f"{course}, and the winner once more with another seed: as much as {cost:.3g} whole runs. They are shortened "
        f"if that takes more than {minutes:.3g} minutes."
    )


def turn_words(sweep: Sweep) -> str:
    """When it begins, and what it keeps waiting; empty where it is alone. Asked before it is led."""
    queue = RunQueue()
    busy, waiting = queue.busy(), len(queue.waiting())
    words = [f"It begins when {busy} has ended."] if busy is not None and busy not in sweeps.runs_of(sweep) else []
    if waiting:
        words.append(f"The queue, {waiting} run{'' if waiting == 1 else 's'}, goes on when the sweep has ended.")
    return " ".join(words)


def _say_turn(sweep: Sweep, out: Output) -> None:
    words = turn_words(sweep)
    if words:
        out.note(escape(words))


def _list(out: Output) -> int:
    tables = [sweeps.show(name) for name in SweepStore().names()]
    out.document([_document(one) for one in tables])
    if not tables:
        out.print("No sweeps yet. `tunesmith sweep --vary lora_rank=8,16,32 --minutes 30` makes the first.")
        return 0
    table = Table("Sweep", "State", "Model", "Varied", "Runs", "Won", box=None, header_style="bold")
    for one in tables:
        won = next((row.words for row in one.rows if row.run == one.winner), "–")
        table.add_row(one.name, one.state, escape(one.model), ", ".join(one.varied), str(len(one.rows)), escape(won))
    out.print(table)
    return 0


def _follow(name: str, detach: bool, out: Output) -> int:
    if detach:
        out.document({"sweep": name, "path": str(SweepStore().folder(name))})
        out.print(f"It goes on in the background as {name}. `tunesmith sweep show {name}` shows how it goes.")
        return 0
    interrupted = False
    while True:
        try:
            _watch(name, out)
            break
        except KeyboardInterrupt:
            if interrupted:
                out.note("Ending it now; the last checkpoints stay.")
                sweeps.end(name, STOP_S)
                break
            out.note("Stopping with a checkpoint …")
            interrupted = True
            sweeps.stop(name)
    code = _end(sweeps.show(name), out)
    if interrupted:
        out.print(f"`tunesmith sweep resume {name}` goes on where it was.")
        return INTERRUPTED
    return code


def _watch(name: str, out: Output) -> None:
    """A bar until it ends, by time."""
    watch = sweeps.SweepWatch(name)
    columns = (BarColumn(bar_width=30), TextColumn("{task.percentage:>3.0f} %  {task.description}", markup=False))
    with Progress(*columns, console=out.err, redirect_stdout=False) as bars:
        task = bars.add_task("Starting", total=1.0)
        while (now := watch.look()).state not in ENDED:
            left = f" {now.left_s / 60.0:.0f} min left." if now.left_s >= 30 else ""
            bars.update(task, completed=now.share, description=f"{now.text}{left}")
            time.sleep(POLL_S)


def _document(table: Standing) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(table)
    return found


def _end(table: Standing, out: Output) -> int:
    """The table, and what it says."""
    out.document(_document(table))
    shown = Table(title="Validation loss at each share of the steps", title_justify="left", box=None)
    shown.add_column("Run")
    for heading in (*(share_word(rung) for rung in table.rungs), "Seconds", "MiB"):
        shown.add_column(heading, justify="right", no_wrap=True)
    shown.add_column("Where it stands", min_width=16)
    for row in [*table.rows, *([table.twin] if table.twin is not None else [])]:
        shown.add_row(*_cells(row, table))
    out.print(shown)
    if table.kept_share < 1.0:
        out.print(f"To keep to the budget every run had {table.kept_share:.0%} of its steps.")
    said = table.words or f"{table.state.capitalize()}. {table.text}".strip()
    out.print(escape(said))
    return 1 if table.state in ("failed", "died") else 0


def _cells(row: Row, table: Standing) -> list[str]:
    losses = [f"{loss:.3f}" for loss in row.losses] + [""] * (len(table.rungs) - len(row.losses))
    is_twin = table.twin is not None and row.run == table.twin.run
    words = f"{row.words}, seed {row.changes['seed']}" if is_twin else row.words
    peak = f"{row.peak_memory_bytes / 2**20:,.0f}" if row.peak_memory_bytes else ""
    note = "the winner again" if is_twin and row.place == "second" else row.note
    return [escape(words), *losses, f"{row.seconds:.0f}", peak, escape(note)]


def _delete(args: argparse.Namespace, out: Output) -> int:
    if not args.yes:
        raise UsageError(
            "cli.unconfirmed",
            what=f"The sweep “{args.name}” was not deleted.",
            why="Its runs go with it, that cannot be undone, and --yes was not given.",
            remedy=f"`tunesmith sweep delete {args.name} --yes` deletes it.",
            where=args.name,
        )
    sweeps.delete(args.name)
    out.document({"deleted": args.name})
    out.print(f"Deleted {args.name} and its runs.")
    return 0


def _usage(why: str) -> UsageError:
    return UsageError(
        "cli.usage",
        what="The command line was not understood.",
        why=why,
        remedy="See `tunesmith sweep --help`.",
        where="tunesmith sweep",
    )
