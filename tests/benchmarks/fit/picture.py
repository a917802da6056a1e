"""The picture of predicted against rehearsed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

GIB = 2**30
BANDS = ((0.06, "#e8edf4"), (0.02, "#c7d6ea"))
COLOURS = {"nf4": "#1f5fa8", "int8": "#c4681b", "none": "#3c8d53"}


def draw(rows: Sequence[dict[str, Any]], summary: dict[str, Any], path: Path) -> None:
    """Predicted against rehearsed on logarithmic axes, and the error below, with bands of 2 % and 6 %."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (above, below) = plt.subplots(
        2, 1, figsize=(7.5, 9), sharex=True, height_ratios=(3, 1.4), layout="constrained"
    )
    totals = [row["rehearsed_total_bytes"] / GIB for row in rows]
    low, high = min(totals) * 0.8, max(totals) * 1.25
    for share, colour in BANDS:
        above.fill_between(
            [low, high],
            [low * (1 - share), high * (1 - share)],
            [low * (1 + share), high * (1 + share)],
            color=colour,
            linewidth=0,
            label=f"within {share:.0%}",
        )
        below.axhspan(-100 * share, 100 * share, color=colour, linewidth=0)
    for method, colour in COLOURS.items():
        of_it = [row for row in rows if row["settings"]["quantization"] == method]
        x = [row["rehearsed_total_bytes"] / GIB for row in of_it]
        above.scatter(x, [row["instant_total_bytes"] / GIB for row in of_it], s=12, color=colour, label=method)
        below.scatter(x, [100 * row["error"] for row in of_it], s=12, color=colour)
    above.plot([low, high], [low, high], color="#888888", linewidth=0.8)
    above.set(xscale="log", yscale="log", xlim=(low, high), ylim=(low, high), ylabel="instant, GiB")
    above.set_title(
        f"{summary['compared']} settings, {summary['models']} models: median error "
        f"{100 * summary['median_error']:.2f} %, worst {100 * summary['worst_error']:.1f} %"
    )
    above.legend(loc="upper left", frameon=False)
    below.axhline(0, color="#888888", linewidth=0.8)
    below.set(xlabel="rehearsed: reserved peak and context, GiB", ylabel="error, %")
    figure.savefig(path, dpi=130)
    plt.close(figure)
