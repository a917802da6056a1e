"""`tunesmith demo`: the whole main job on the starter model and the sample data, in the terminal."""

from __future__ import annotations

import argparse

from core.cli.chat import side_by_side
from core.cli.output import Output
from core.cli.progress import EventBars
from core.fit.describe import sentence
from core.fit.words import format_bytes
from core.tasks.demo import DemoResult, demo
from core.tasks.prepare import Prepared

NAME = "demo"
HELP = "the whole main job on the starter model and the sample data"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None beside the common ones."""


def run(args: argparse.Namespace, out: Output) -> int:
    """Do it, then show what it saw."""
    with EventBars(out.err) as bars:
        result = demo(lambda prepared: _introduce(prepared, out), bars.show)
    out.document(result)
    for example in result.examples:
        out.print(side_by_side(example))
    _conclude(result, out)
    return 0


def _introduce(prepared: Prepared, out: Output) -> None:
    machine, plan = prepared.machine, prepared.plan
    card = machine.gpus[0].name if machine.gpus else f"no NVIDIA card, {machine.cpu_name}"
    out.print(f"[bold]This computer:[/] {card}, {format_bytes(machine.ram_total_bytes)} RAM, {machine.cpu_cores} cores")
    out.print(f"[bold]Recommended:[/] {sentence(prepared.recommendation)}")
    for reason in plan.reasons:
        out.print(f"  · {reason}")
    out.print("")


def _conclude(result: DemoResult, out: Output) -> None:
    manner, right = result.manner, result.right
    out.print(f"Loss {result.loss_first:.2f} → {result.loss_last:.2f}, in {result.seconds:.0f} s all together.")
    out.print(
        f"Of {manner['prompts']:.0f} held-out questions, the tuned model answered {manner['tuned_share']:.0%} in the "
        f"taught manner (the base {manner['base_share']:.0%}) and {right['tuned_share']:.0%} rightly (the base "
        f"{right['base_share']:.0%})."
    )
    out.print("Plots: " + ", ".join(result.plots))
    out.print(f"Ask it yourself: [bold]tunesmith chat {result.run}[/]")
