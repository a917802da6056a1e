"""`tunesmith hardware`: what this computer has."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from rich.markup import escape
from rich.table import Table

from core.cli.output import Output
from core.fit.card_words import (
    Fact,
    card_facts,
    computer_facts,
    desktop_words,
    gain_words,
    holder_rows,
    moment_words,
    slowed_words,
)
from core.fit.words import format_bytes
from core.hardware.machine import Gpu, Machine
from core.tasks.hardware import detect

NAME = "hardware"
HELP = "what this computer has"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None beside the common ones."""


def run(args: argparse.Namespace, out: Output) -> int:
    """Detect and print."""
    machine = detect()
    out.document(machine)
    out.print(_sentence(machine))
    out.print(_facts(computer_facts(machine)))
    for gpu in machine.gpus:
        _print_card(gpu, machine, out)
    for other in machine.other_cards:
        size = f", {format_bytes(other.memory_bytes)}" if other.memory_bytes else ""
        out.print(f"\n[bold]{escape(other.name)}{size}[/]\n{other.note}")
    return 0


def _sentence(machine: Machine) -> str:
    if not machine.gpus:
        return f"[bold]No NVIDIA card to train on; the processor can train small models.[/] {machine.gpu_reason}"
    gpu = machine.gpus[0]
    free = f"{format_bytes(gpu.memory_free_bytes)} of {format_bytes(gpu.memory_total_bytes)} free"
    words = f"[bold]{escape(gpu.name)}, {free}.[/]"
    if len(machine.gpus) > 1:
        words += f" The first of {len(machine.gpus)} cards, the one that is trained on unless a job names another."
    return words if "stopped" not in machine.gpu_reason else f"{words} {machine.gpu_reason}"


def _facts(facts: Iterable[Fact]) -> Table:
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for fact in facts:
        table.add_row(fact.name, escape(fact.value))
    return table


def _print_card(gpu: Gpu, machine: Machine, out: Output) -> None:
    """Its facts, who holds its memory, and what can be done about that."""
    facts = card_facts(gpu)
    now = moment_words(None, gpu.temperature_c, None, gpu.fan_share)
    if now:
        facts.append(Fact("Now", f"{now}. {slowed_words(gpu)}" if slowed_words(gpu) else now))
    facts += [Fact("Held by" if index == 0 else "", ": ".join(row)) for index, row in enumerate(holder_rows(gpu))]
    out.print(f"\n[bold]{gpu.index}: {escape(gpu.name)}[/]")
    out.print(_facts(facts))
    for words in (gain_words(gpu), desktop_words(gpu, machine)):
        if words:
            out.print(escape(words))
