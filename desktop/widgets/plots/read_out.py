"""What a plot reads out: a place along the curves, and a value there."""

from __future__ import annotations

from core.fit.words import format_bytes
from desktop.widgets.durations import format_duration


def place_words(x: float, unit: str) -> str:
    """“step 40”, “12,000 tokens”, “3 min 20 s”."""
    if unit == "time":
        return format_duration(x)
    return f"{x:,.0f} tokens" if unit == "tokens" else f"{unit} {x:,.0f}"


def plain_words(value: float) -> str:
    """Four digits that say something."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def byte_words(value: float) -> str:
    """“17.5 GiB”."""
    return format_bytes(int(value))
