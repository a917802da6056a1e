"""`tunesmith fit --history` in words: predicted and measured, run by run and over all."""

from __future__ import annotations

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from core.cli.output import Output
from core.fit.words import format_bytes, format_rate
from core.runs.history import DepthSummary, History, HistoryRow


def print_history(found: History, out: Output) -> None:
    """A row a run, then each depth over all of them."""
    if not found.runs:
        out.print("No run has been measured yet. `tunesmith train` makes the first.")
        return
    out.print(_runs(found.runs))
    out.print("")
    for depth in found.depths:
        out.print(Text(_words(depth)))
    if found.unmeasured:
        out.print(f"Not counted, for want of a prediction or a measured peak: {found.unmeasured:,}.")


def _runs(rows: list[HistoryRow]) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("Run", overflow="fold")
    table.add_column("Predicted by", no_wrap=True)
    for title in ("Memory", "took", "", "Tokens/s", "took", ""):
        table.add_column(title, justify="right", no_wrap=True)
    for row in rows:
        for number, one in enumerate(row.predictions):
            first = number == 0
            table.add_row(
                escape(row.run) if first else "",
                one.depth,
                format_bytes(one.total_bytes),
                format_bytes(row.peak_memory_bytes) if first else "",
                _signed(one.memory_difference),
                format_rate(one.tokens_per_second),
                f"{row.tokens_per_second:,.0f}" if first else "",
                _signed(one.speed_difference),
            )
    return table


def _signed(difference: float | None) -> str:
    return "–" if difference is None else f"{difference:+.1%}".replace("-", "−")


def _words(depth: DepthSummary) -> str:
    memory = f"off by {depth.memory_median:.1%} in the middle, {depth.memory_worst:.1%} at worst"
    low = f"too low by {-depth.memory_lowest:.1%} at most" if depth.memory_lowest < 0 else "never too low"
    words = f"{depth.depth.capitalize()}, {depth.runs:,} run{'s' * (depth.runs != 1)}: memory {memory}, {low}"
    if depth.speed_median is not None:
        words += f"; speed off by {depth.speed_median:.0%} in the middle, {depth.speed_worst:.0%} at worst"
    return f"{words}."
