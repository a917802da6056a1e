"""Where each part of the fit bar lies, in pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop.widgets.fit_bar import FitValues

RESERVE_WORD = "Kept free"
HAIRLINE = 3.0
"""Narrowest that a part is drawn, so that it can be seen and pointed at."""
OVER_SHARE = 0.38
"""Most of the bar's width that is given to what lies past the card's end."""


@dataclass(frozen=True)
class Segment:
    """One part: which, its size, and where it is drawn. `kind` is held, term, reserve, free or over."""

    name: str
    title: str
    size_bytes: int
    kind: str
    left: float
    width: float


def end_of_card(values: FitValues, width: float) -> float:
    """Where the card's end lies: the right edge, or further left if something is past it."""
    if values.free_bytes >= 0:
        return width
    wanted = values.capacity_bytes + min(-values.free_bytes, values.capacity_bytes)
    return max(width * (1 - OVER_SHARE), width * values.capacity_bytes / wanted)


def segments(values: FitValues, width: float) -> list[Segment]:
    """The parts from left to right.

    Up to the card's end the scale is true, but that no part is narrower than a hairline, which the free part pays for;
    what is past the end is drawn on a scale of its own that fills what is left.
    """
    end = end_of_card(values, width)
    parts = [("held", values.held_word, values.held_bytes, "held")] if values.held_bytes else []
    parts += [(name, values.title(name), size, "term") for name, size in values.terms.items() if size > 0]
    if values.reserve_bytes:
        parts.append(("reserve", RESERVE_WORD, values.reserve_bytes, "reserve"))
    scale = end / max(1, values.capacity_bytes)
    if values.free_bytes < 0:
        return _overflowing(parts, values, end, width)
    widths = [max(HAIRLINE, size * scale) for _, _, size, _ in parts]
    room = end - (HAIRLINE if values.free_bytes else 0.0)
    if sum(widths) > room:
        widths = [w * room / sum(widths) for w in widths]
    drawn, left = [], 0.0
    for (name, title, size, kind), part_width in zip(parts, widths, strict=True):
        drawn.append(Segment(name, title, size, kind, left, part_width))
        left += part_width
    if values.free_bytes:
        drawn.append(Segment("free", values.free_word, values.free_bytes, "free", left, end - left))
    return drawn


def _overflowing(parts: list[tuple[str, str, int, str]], values: FitValues, end: float, width: float) -> list[Segment]:
    """Parts run on past the card's end; over that stretch lies one segment that says by how much."""
    over_scale = (width - end) / max(1, -values.free_bytes)
    scale = end / max(1, values.capacity_bytes)

    def place(offset: int) -> float:
        inside = min(offset, values.capacity_bytes)
        return inside * scale + (offset - inside) * over_scale

    drawn, offset = [], 0
    for name, title, size, kind in parts:
        left, right = place(offset), place(offset + size)
        drawn.append(Segment(name, title, size, kind, left, max(HAIRLINE, right - left)))
        offset += size
    drawn.append(Segment("over", "Too much by", -values.free_bytes, "over", end, width - end))
    return drawn
