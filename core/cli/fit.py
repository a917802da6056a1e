"""`tunesmith fit MODEL`: whether and how it can be trained."""

from __future__ import annotations

import argparse
from typing import Any, get_args

import msgspec
from rich.table import Table
from rich.text import Text

from core.cli.output import Output
from core.cli.progress import EventBars
from core.fit.describe import sentence, term_title
from core.fit.values import Depth, FitMachine, MemoryEstimate, Plan, Recommendation
from core.fit.words import format_bytes
from core.tasks.fit import fit

NAME = "fit"
HELP = "whether and how a model can be trained"
DOES_NOT_FIT = 3
BAR_WIDTH = 60
MARKS = "█▓▒░▚▞▤▥▧"  # one a term, so that the bar reads without colour
COLOURS = ("blue", "dark_orange", "green", "yellow", "magenta", "cyan", "red", "white", "bright_black")
TITLES = {"best_quality": "Best quality", "fastest": "Fastest", "leanest": "Leanest", "yours": "Yours"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """MODEL, and for what card, data, settings and depth."""
    parser.add_argument("model", metavar="MODEL", help="starter, a name of the catalogue, a folder, or a hub id")
    parser.add_argument("--gpu", metavar="NAME", help='plan for this card instead, for example "RTX 3090"')
    parser.add_argument("--gpu-memory", metavar="GIB", type=float, help="plan for a card with this much memory")
    parser.add_argument("--data", metavar="FILE", help="a data file; its rows decide the longest sequence")
    parser.add_argument(
        "--set", metavar="KEY=VALUE", action="append", default=[], help="exactly these settings over the defaults"
    )
    parser.add_argument("--depth", choices=get_args(Depth), default="instant", help="how the estimate is made")


def run(args: argparse.Namespace, out: Output) -> int:
    """Estimate, recommend and print."""
    with EventBars(out.err) as bars:
        found = fit(
            args.model,
            gpu=args.gpu,
            gpu_memory_gib=args.gpu_memory,
            data=args.data,
            pairs=args.set,
            depth=args.depth,
            on_event=bars.show,
        )
    out.document(_document(found))
    out.print(Text(sentence(found), style="bold"))
    out.print(_bar(found.plans[0].memory, found.machine))
    out.print(_terms(found.plans[0].memory, found.machine))
    out.print(_plans(found.plans))
    for reason in found.plans[0].reasons:
        out.print(Text(f"· {reason}"))
    _print_alternatives(found, out)
    return DOES_NOT_FIT if found.verdict == "does_not_fit" else 0


def _document(found: Recommendation) -> dict[str, Any]:
    """What `--json` prints: everything but the model's own config file."""
    plain: dict[str, Any] = msgspec.to_builtins(found)
    del plain["model"]["config"]
    return plain


def _bar(memory: MemoryEstimate, machine: FitMachine) -> Text:
    """The terms stacked against the card: its end is the bar |, and what is beyond it does not fit."""
    scale = max(memory.total_bytes + machine.held_bytes, machine.memory_total_bytes)
    bar = Text("╱" * round(BAR_WIDTH * machine.held_bytes / scale), style="dim")
    drawn = machine.held_bytes
    for number, size_bytes in enumerate(memory.terms.values()):
        end = round(BAR_WIDTH * (drawn + size_bytes) / scale)
        bar.append(MARKS[number] * (end - round(BAR_WIDTH * drawn / scale)), style=COLOURS[number])
        drawn += size_bytes
    bar.append("·" * (BAR_WIDTH - round(BAR_WIDTH * drawn / scale)), style="dim")
    edge = min(BAR_WIDTH, round(BAR_WIDTH * machine.memory_total_bytes / scale))
    size = f" {format_bytes(machine.memory_total_bytes)}"
    return Text.assemble(bar[:edge], ("|", "bold"), (bar[edge:].plain, "red"), size)


def _terms(memory: MemoryEstimate, machine: FitMachine) -> Table:
    table = Table(show_header=False, box=None, padding=(0, 1))
    table.add_column()
    table.add_column()
    table.add_column(justify="right")
    for number, (name, size_bytes) in enumerate(memory.terms.items()):
        table.add_row(Text(MARKS[number], style=COLOURS[number]), term_title(name, machine), format_bytes(size_bytes))
    table.add_row("", Text("Total", style="bold"), Text(format_bytes(memory.total_bytes), style="bold"))
    return table


def _plans(plans: list[Plan]) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0))
    for title in ("Plan", "Memory", "Tokens/s", "Weights", "Rank", "Length", "Batch", "Recompute", "Optimiser"):
        table.add_column(title, no_wrap=True)
    for plan in plans:
        settings = plan.settings
        table.add_row(
            TITLES[plan.name],
            format_bytes(plan.memory.total_bytes),
            f"{plan.speed.low:,.0f}–{plan.speed.high:,.0f}",
            settings.quantization if settings.quantization != "none" else settings.compute_dtype,
            str(settings.lora_rank),
            f"{settings.max_seq_length:,}",
            f"{settings.per_device_batch_size}×{settings.gradient_accumulation_steps}",
            "yes" if settings.gradient_checkpointing else "no",
            settings.optimizer,
        )
    return table


def _print_alternatives(found: Recommendation, out: Output) -> None:
    if found.alternatives:
        out.print(Text("What else would work, or come closer:", style="bold"))
    for alternative in found.alternatives:
        out.print(Text(f"· {alternative.text}"))
