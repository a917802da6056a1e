"""Words can be read on everything they stand on; memory terms stay apart for the colour-blind."""

from __future__ import annotations

import itertools
import math

import pytest

from core.fit.values import TERM_TITLES
from desktop.style.colours import DARK, LIGHT, OVERHEAD_COLOURS, TERM_COLOURS, Colours, contrast, ink_on

TABLES = pytest.mark.parametrize("table", [LIGHT, DARK], ids=["light", "dark"])
WORDS = ("text", "muted", "accent", "ok", "warning", "danger", "base", "tuned", "validation")
GROUNDS = ("background", "raised", "rail")
# Viénot, Brettel, Mollon 1999 / Machado, Oliveira, Fernandes 2009, severity 1, linear RGB
DEFICIENCIES = {
    "none": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


@TABLES
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("word", WORDS)
def test_words_can_be_read(table: Colours, word: str, ground: str) -> None:
    assert contrast(getattr(table, word), getattr(table, ground)) >= 4.5


@TABLES
def test_words_can_be_read_on_buttons_and_selections(table: Colours) -> None:
    assert contrast(table.on_accent, table.accent) >= 4.5
    assert contrast(table.on_accent, table.accent_pressed) >= 4.5
    assert contrast(table.text, table.selected) >= 4.5
    assert contrast(table.text, table.hover) >= 4.5


@TABLES
def test_frames_of_inputs_can_be_seen(table: Colours) -> None:
    assert contrast(table.frame, table.raised) >= 3
    assert contrast(table.frame, table.background) >= 3


@TABLES
def test_sizes_inside_the_fit_bar_can_be_read(table: Colours) -> None:
    for colour in (*table.terms, *table.overhead):
        assert contrast(ink_on(colour), colour) >= 4.5


@TABLES
@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_memory_terms_stay_apart_for_the_colour_blind(table: Colours, deficiency: str) -> None:
    seen = [_lab(colour, deficiency) for colour in table.terms]
    nearest = min(math.dist(one, other) for one, other in itertools.combinations(seen, 2))
    assert nearest >= 11


def test_every_memory_term_has_a_colour() -> None:
    assert set(TERM_TITLES) == set(TERM_COLOURS) | set(OVERHEAD_COLOURS)


def _lab(colour: str, deficiency: str) -> tuple[float, float, float]:
    """CIELAB (D65) of a colour as somebody with the deficiency sees it."""
    encoded = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in encoded]
    red, green, blue = (
        min(1.0, max(0.0, sum(f * c for f, c in zip(row, linear, strict=True)))) for row in DEFICIENCIES[deficiency]
    )
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)
