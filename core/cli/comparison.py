"""`tunesmith runs compare`: runs side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.markup import escape
from rich.table import Table

from core.cli.output import Output
from core.cli.parser import UsageError
from core.fit.words import format_bytes, format_rate
from core.runs.compare import Comparison, RunColumn, compare
from core.runs.store import RunStore

NONE = "–"
FIGURES: tuple[tuple[str, Callable[[RunColumn], str]], ...] = (
    ("State", lambda run: run.state),
    ("Steps", lambda run: f"{run.steps:,}"),
    ("Final loss", lambda run: NONE if run.loss_last is None else f"{run.loss_last:.4f}"),
    ("Validation loss", lambda run: NONE if run.validation_last is None else f"{run.validation_last:.4f}"),
    ("Memory predicted", lambda run: format_bytes(run.predicted_memory_bytes) if run.predicted_memory_bytes else NONE),
    ("Memory measured", lambda run: format_bytes(run.peak_memory_bytes) if run.peak_memory_bytes else NONE),
    ("Tokens/s predicted", lambda run: format_rate(run.predicted_tokens_per_second)),
    ("Tokens/s measured", lambda run: format_rate(run.tokens_per_second)),
    ("Seconds", lambda run: f"{run.seconds:,.0f}"),
)


def compared(store: RunStore, name: str, rest: Sequence[str], out: Output) -> int:
    """The settings that differ, and what became of each."""
    if not rest:
        raise UsageError(
            "cli.usage",
            what="The command line was not understood.",
            why="`runs compare` needs two runs or more.",
            remedy="`tunesmith runs` lists them.",
            where="tunesmith runs",
        )
    comparison = compare([store.get(one) for one in (name, *rest)])
    out.document(comparison)
    out.print(_table(comparison))
    return 0


def _table(comparison: Comparison) -> Table:
    table = Table("", *(escape(run.title or run.name) for run in comparison.runs), box=None, header_style="bold")
    for title, words in FIGURES:
        table.add_row(title, *(words(run) for run in comparison.runs))
    table.add_row()
    for row in comparison.differing:
        table.add_row(escape(row.title), *(escape(str(value)) for value in row.values))
    if not comparison.differing:
        table.add_row("Settings", *("the same" for _ in comparison.runs))
    return table
