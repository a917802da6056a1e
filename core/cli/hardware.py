"""`tunesmith hardware`: what this computer has."""

from __future__ import annotations

import argparse

from rich.table import Table

from core.cli.output import Output
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
    out.print(_facts(machine))
    for gpu in machine.gpus:
        out.print(_card(gpu))
    for other in machine.other_cards:
        out.print(f"[bold]{other.name}[/]: {other.note}")
    return 0


def _sentence(machine: Machine) -> str:
    if machine.gpus:
        gpu = machine.gpus[0]
        free = f"{format_bytes(gpu.memory_free_bytes)} of {format_bytes(gpu.memory_total_bytes)} free"
        return f"[bold]{gpu.name}, {free}.[/]"
    return f"[bold]No NVIDIA card to train on; the processor can train small models.[/] {machine.gpu_reason}"


def _facts(machine: Machine) -> Table:
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_row("Processor", f"{machine.cpu_name}, {machine.cpu_cores} cores")
    ram = f"{format_bytes(machine.ram_available_bytes)} of {format_bytes(machine.ram_total_bytes)} free"
    table.add_row("RAM", ram)
    table.add_row("Disk", f"{format_bytes(machine.disk_free_bytes)} free in {machine.disk_path}")
    table.add_row("System", machine.system)
    return table


def _card(gpu: Gpu) -> Table:
    capability = ".".join(map(str, gpu.compute_capability)) if gpu.compute_capability else "not told"
    title = f"{gpu.index}: {gpu.name}, capability {capability}, driver {gpu.driver or 'not told'}"
    table = Table("Process", "Memory it holds", title=title, title_justify="left", box=None, padding=(0, 2, 0, 0))
    for process in gpu.processes:
        held = "not told" if process.memory_bytes is None else format_bytes(process.memory_bytes)
        table.add_row(f"{process.name} ({process.pid})", held)
    if not gpu.processes:
        table.add_row("none", "")
    return table
