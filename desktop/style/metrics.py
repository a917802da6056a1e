"""Lengths in device-independent pixels: spacings, heights, the type scale."""

from __future__ import annotations

from typing import Final, NamedTuple


class Spacing(NamedTuple):
    """Steps of 4; mostly `s`, `l` and `xl`."""

    xs: int = 4
    s: int = 8
    m: int = 12
    l: int = 16  # noqa: E741 - the usual name between m and xl
    xl: int = 24


class TypeScale(NamedTuple):
    """Sizes of text."""

    small: int = 11
    body: int = 13
    heading: int = 15
    title: int = 20


SPACE: Final = Spacing()
SIZE: Final = TypeScale()
RADIUS: Final = 6
ROW: Final = 32
BUTTON: Final = 32
PRIMARY: Final = 36
RAIL_WIDTH: Final = 200
STATUS_HEIGHT: Final = 32
LINE_LENGTH: Final = 72
"""Longest line of running text, in characters."""
MOTION_MS: Final = 150
"""Longest animation."""
