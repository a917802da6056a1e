"""Breaking a row of items into lines, for the legends that paint themselves."""

from __future__ import annotations

from collections.abc import Sequence


def places_in_lines(widths: Sequence[float], available: float, gap: float, line: float) -> list[tuple[float, float]]:
    """The left top corner of each item, in pixels: `widths` side by side with `gap` between, in lines `line` high that
    break where `available` ends."""
    x, y, places = 0.0, 0.0, []
    for width in widths:
        if x and x + width > available:
            x, y = 0.0, y + line
        places.append((x, y))
        x += width + gap
    return places
