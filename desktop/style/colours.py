"""The one table of colours, by meaning, each with a light and a dark value.

`tests/desktop/style/test_colours.py` checks that text keeps a contrast of at least 4.5:1 (WCAG 2.2, 1.4.3) and that
the memory terms stay apart for the colour-blind. Colour never says anything alone: a word, a shape or a dash pattern
says it too.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Colours:
    """Colours as `#rrggbb`.

    Attributes:
        background, raised, rail, hover, selected: surfaces, from the window to what the pointer is on.
        line: borders of what can be clicked and rules between parts; `frame` the same for inputs, dark enough to see
            (3:1).
        text, muted, accent, ok, warning, danger: for words and icons on any of the surfaces.
        on_accent: words on `accent`.
        base, tuned, validation: curves, and the chat's columns.
        terms: memory terms in their order; `overhead` greys for what library, allocator and driver take.
    """

    background: str
    raised: str
    rail: str
    hover: str
    selected: str
    line: str
    frame: str
    text: str
    muted: str
    accent: str
    accent_pressed: str
    on_accent: str
    ok: str
    warning: str
    danger: str
    base: str
    tuned: str
    validation: str
    terms: tuple[str, str, str, str, str, str]
    overhead: tuple[str, str, str]
    held: str


LIGHT = Colours(
    background="#f8f8f6",
    raised="#ffffff",
    rail="#efefec",
    hover="#e7e7e3",
    selected="#e2e2f4",
    line="#dcdcd7",
    frame="#8c8d91",
    text="#1b1c20",
    muted="#57595f",
    accent="#4648b0",
    accent_pressed="#383a94",
    on_accent="#ffffff",
    ok="#176b3c",
    warning="#80500a",
    danger="#b0241c",
    base="#00609f",
    tuned="#a84700",
    validation="#0a6b4c",
    terms=("#0072b2", "#e69f00", "#d55e00", "#cc79a7", "#009e73", "#56b4e9"),
    overhead=("#cbccca", "#acaeae", "#8f9194"),
    held="#7d7f84",
)

DARK = Colours(
    background="#1c1d20",
    raised="#26272b",
    rail="#17181a",
    hover="#303237",
    selected="#34355a",
    line="#3a3c42",
    frame="#777a82",
    text="#ededea",
    muted="#b0b2b8",
    accent="#b3b6ff",
    accent_pressed="#9599f0",
    on_accent="#17181a",
    ok="#74d39b",
    warning="#f0b95f",
    danger="#ff9a91",
    base="#62b8f2",
    tuned="#f7a561",
    validation="#52cba0",
    terms=("#3f9bdb", "#e69f00", "#e0703a", "#cc79a7", "#18ab80", "#7cc7f2"),
    overhead=("#a3a6ab", "#83868c", "#6a6d74"),
    held="#9a9da3",
)

TERM_COLOURS: dict[str, int] = {
    "weights": 0,
    "adapter": 1,
    "gradients": 2,
    "optimizer": 3,
    "activations": 4,
    "logits": 5,
}
"""Which of the six colours a memory term has."""

OVERHEAD_COLOURS: dict[str, int] = {"workspace": 0, "allocator": 1, "context": 2}
"""Which of the three greys a term has that is nobody's choice; the last for names that are not known."""


def luminance(colour: str) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2)."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def ink_on(colour: str) -> str:
    """Black or white, whichever reads better on `colour`."""
    return max(("#111111", "#ffffff"), key=lambda ink: contrast(ink, colour))
