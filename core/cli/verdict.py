"""What a run has come to, for the terminal."""

from __future__ import annotations

from core.runs.summary import RunSummary


def verdict_lines(summary: RunSummary) -> list[str]:
    """The verdict, the settings that follow from it as they are given to `--set`, and which step was kept."""
    lines = []
    if summary.stopped_early:
        lines.append(f"It ended by itself after step {summary.step:,}: validation had brought nothing for a while.")
    if 0 < summary.adapter_step < summary.step:
        lines.append(f"The result is the adapter of step {summary.adapter_step:,}, where validation was best.")
    if summary.judged is not None:
        lines.append(summary.judged.words)
        changes = " ".join(f"--set {key}={value}" for key, value in summary.judged.changes.items())
        lines.append(f"{summary.judged.advice} {changes}".strip())
    return lines
