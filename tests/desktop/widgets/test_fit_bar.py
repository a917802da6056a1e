"""The fit bar adds up to the byte and draws true to scale."""

from __future__ import annotations

import itertools

import pytest
from pytestqt.qtbot import QtBot

from desktop.widgets.fit_bar import FitBar, FitValues, describe, legend_items
from desktop.widgets.fit_bar_layout import HAIRLINE, segments

GIB, MIB = 2**30, 2**20
TERMS = {"weights": 5 * GIB + 7, "adapter": 160 * MIB, "activations": 2 * GIB - 3, "context": 500 * MIB + 1}
STARTER = {"weights": 7 * MIB, "adapter": MIB, "gradients": MIB, "optimizer": 2 * MIB, "workspace": 200 * MIB}
WIDTH = 900.0

CASES = {
    "fits": FitValues(24 * GIB, 2 * GIB + 11, TERMS),
    "does not fit": FitValues(8 * GIB, GIB, TERMS),
    "not even the weights fit": FitValues(4 * GIB, GIB, TERMS),
    "a reserve is kept": FitValues(24 * GIB, GIB, TERMS, reserve_bytes=491 * MIB),
    "the reserve does not fit": FitValues(8 * GIB + 7, 0, TERMS, reserve_bytes=2 * GIB),
    "tiny model": FitValues(24 * GIB, 6 * GIB, STARTER),
    "nothing is held": FitValues(24 * GIB, 0, TERMS),
    "fits to the byte": FitValues(sum(TERMS.values()), 0, TERMS),
}


@pytest.mark.parametrize("values", CASES.values(), ids=CASES)
def test_the_legend_adds_up_to_the_byte(values: FitValues) -> None:
    sizes = {item.name: item.size_bytes for item in legend_items(values)}
    inside = sum(size for name, size in sizes.items() if name not in ("over", "measured"))
    assert inside - sizes.get("over", 0) == values.capacity_bytes


@pytest.mark.parametrize("values", CASES.values(), ids=CASES)
def test_the_parts_fill_the_bar_without_gaps(values: FitValues) -> None:
    drawn = [s for s in segments(values, WIDTH) if s.kind != "over"]
    assert drawn[0].left == 0
    assert drawn[-1].left + drawn[-1].width == pytest.approx(WIDTH, abs=HAIRLINE)
    for one, after in itertools.pairwise(drawn):
        assert one.left + one.width == pytest.approx(after.left, abs=HAIRLINE)
        assert one.width > 0


def test_widths_are_true_to_scale() -> None:
    values = CASES["fits"]
    by_name = {s.name: s for s in segments(values, WIDTH)}
    assert by_name["weights"].width == pytest.approx(WIDTH * TERMS["weights"] / values.capacity_bytes)
    assert by_name["free"].width == pytest.approx(WIDTH * values.free_bytes / values.capacity_bytes)


def test_terms_of_a_tiny_model_can_still_be_seen() -> None:
    drawn = segments(CASES["tiny model"], WIDTH)
    assert {s.name for s in drawn} == {"held", *STARTER, "free"}
    assert all(s.width >= HAIRLINE for s in drawn)


def test_what_does_not_fit_stands_past_the_cards_end() -> None:
    values = CASES["does not fit"]
    over = next(s for s in segments(values, WIDTH) if s.kind == "over")
    assert over.size_bytes == -values.free_bytes
    assert over.left < WIDTH
    assert over.left + over.width == WIDTH
    assert "Too much by" in describe(values)


def test_a_screen_reader_hears_every_part(qtbot: QtBot) -> None:
    bar = FitBar()
    qtbot.addWidget(bar)
    bar.show_values(FitValues(24 * GIB, GIB, TERMS, measured_bytes=6 * GIB, capacity_name="RTX 3090"))
    words = bar.accessibleDescription()
    for part in ("RTX 3090: 24.0 GiB", "Base weights: 5.0 GiB", "Measured: 6.0 GiB", "Free"):
        assert part in words


def test_the_legend_wraps_where_the_bar_is_narrow(qtbot: QtBot) -> None:
    bar = FitBar()
    qtbot.addWidget(bar)
    bar.show_values(CASES["fits"])
    bar.resize(1000, 120)
    with qtbot.waitExposed(bar):
        bar.show()
    wide = bar.legend.height()
    bar.resize(320, 200)
    qtbot.waitUntil(lambda: bar.legend.height() > wide)
