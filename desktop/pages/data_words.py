"""The Data page's sentences."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from core.data.report import DatasetReport
from core.job import DatasetRef
from desktop.intents import CancelInspection, GoTo, InspectAgain, Intent
from desktop.state import AppState

SUFFIXES = "*.jsonl *.json *.csv *.parquet"
MASK_WORDS = {
    "template": "marked by the chat template",
    "prefix": "the conversation with each answer, less the same without it",
}


def health(report: DatasetReport) -> str:
    """“400 rows, all usable, 0 cut off, 0 would teach nothing.”"""
    if report.problem_count:
        total = report.rows + report.problem_count
        usable = f"{report.rows:,} of {total:,} rows usable"
    else:
        usable = f"{report.rows:,} rows, all usable"
    return f"{usable}, {report.truncated_rows:,} cut off, {report.empty_rows:,} would teach nothing."


def facts(report: DatasetReport) -> list[tuple[str, str]]:
    """What else is worth knowing, by name."""
    read = sum(min(length, report.max_seq_length) for length in report.lengths)
    return [
        ("Longest row", f"{max(report.lengths, default=0):,} tokens"),
        ("All rows", f"{read:,} tokens, {report.trained_tokens:,} trained on"),
        ("Answers found", MASK_WORDS[report.mask_method]),
    ]


def file_name(dataset: DatasetRef) -> str:
    """What the file is called here."""
    return "The sample: answers like a pirate" if dataset.source == "sample" else Path(dataset.path).name


def format_line(report: DatasetReport) -> str:
    """The format that was found, and why."""
    return f"{report.format_reason.rstrip('.')}."


def problems_title(report: DatasetReport) -> str:
    """The line that unfolds the problems."""
    count = report.problem_count
    listed = f", the first {len(report.problems):,} listed" if len(report.problems) < count else ""
    return f"{count:,} {'row' if count == 1 else 'rows'} cannot be used{listed}"


class Gap(NamedTuple):
    """What stands in the page where there is nothing to show: icon, title, text, and a button (no intent: Open)."""

    icon: str
    title: str
    text: str
    button: str
    intent: Intent | None


def gap(state: AppState) -> Gap | None:
    """Why there are no rows to show, or None if there are some."""
    if state.dataset is not None:
        return None
    if "data" in state.errors:
        return Gap(
            "data",
            "These rows cannot be shown",
            "The message above says where and why. JSONL, JSON, CSV and Parquet files with conversations can be read.",
            "Open another file …",
            None,
        )
    if state.hub_model:
        return Gap(
            "download",
            "Waiting for the model",
            "Rows are counted with the model's own tokenizer, and it is not on this disk yet.",
            "Go to Model",
            GoTo("model"),
        )
    if state.model is None:
        return Gap(
            "model",
            "Waiting for a model",
            "Rows are counted with the model's own tokenizer. Choose a model first.",
            "Go to Model",
            GoTo("model"),
        )
    if "data" in state.busy:
        return Gap(
            "data", "Reading the data", "Every row is looked at as the model will see it.", "Cancel", CancelInspection()
        )
    return Gap("data", "Not read", "Reading was stopped.", "Read it again", InspectAgain())
