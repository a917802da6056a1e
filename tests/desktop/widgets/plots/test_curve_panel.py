"""A plot keeps the numbers it was given and reads them out."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.style.theme import theme
from desktop.widgets.plots.axes import BytesAxis, nice_step
from desktop.widgets.plots.curve_panel import CurvePanel


def panel(qtbot: QtBot) -> CurvePanel:
    made = CurvePanel("Loss")
    made.add_curve("training", role="tuned")
    made.add_curve("validation", role="validation", dash="dash")
    qtbot.addWidget(made)
    made.resize(500, 300)
    with qtbot.waitExposed(made):
        made.show()
    return made


def test_points_are_kept_exactly(qtbot: QtBot) -> None:
    made = panel(qtbot)
    xs, ys = list(range(1, 5000)), [1 / x for x in range(1, 5000)]
    made.set_points("training", xs, ys)
    assert made.points("training") == (xs, ys)
    assert made.points("validation") == ([], [])


def test_the_legend_reads_out_the_last_values_and_those_under_the_pointer(qtbot: QtBot) -> None:
    made = panel(qtbot)
    made.set_points("training", [1, 2, 3], [3.0, 2.0, 1.0])
    made.set_points("validation", [2], [2.5])
    assert [(i.title, i.value, i.dash) for i in made.legend.items] == [
        ("training", "1", "solid"),
        ("validation", "2.5", "dash"),
    ]
    made._hover(made.plot.getPlotItem().vb.mapViewToScene(QPointF(1.2, 2.0)))
    assert [item.value for item in made.legend.items] == ["3", ""]
    assert made.place.text() == "step 1"


def test_a_gap_is_not_read_out_and_does_not_break_the_range(qtbot: QtBot) -> None:
    made = panel(qtbot)
    made.set_points("training", [1, 2, 3], [3.0, math.nan, 1.0])
    made.set_points("validation", [1], [math.nan])
    low, high = made.plot.getPlotItem().vb.viewRange()[1]
    assert low < 1.0 < 3.0 < high


def test_a_level_is_in_view_and_in_the_legend(qtbot: QtBot) -> None:
    made = panel(qtbot)
    made.set_points("training", [1, 2], [1.0, 1.1])
    made.set_level("predicted", 8.0)
    assert made.plot.getPlotItem().vb.viewRange()[1][1] > 8.0
    assert made.legend.items[-1].title == "predicted"
    made.set_level("predicted", None)
    assert [item.title for item in made.legend.items] == ["training"]


def test_curves_follow_the_theme(qtbot: QtBot, qapp: QApplication) -> None:
    made = panel(qtbot)
    light = made._curves["training"].item.opts["pen"].color().name()
    theme().wear(qapp, dark=True)
    dark = made._curves["training"].item.opts["pen"].color().name()
    assert (light, dark) == ("#a84700", "#f7a561")


def test_ticks_are_round() -> None:
    assert [nice_step(x) for x in (0.024, 0.2, 0.8, 3.5, 51)] == [0.02, 0.2, 1.0, 5, 50]
    axis = BytesAxis()
    spacing = axis.tickSpacing(0, 9 * 2**30, 300)[0][0]
    assert spacing == 2 * 2**30
    assert axis.tickStrings([2 * 2**30], 1.0, spacing) == ["2.0 GiB"]
