"""A run's plots: those that there can be, drawn, zoomed together, read out with units, saved."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from core.events import AnyEvent, CardReading, Memory, Step, Validation
from core.fit.prices import prices
from core.runs.curves import RunCurves
from desktop.intents import ChoosePlots
from desktop.plot_choice import PlotChoice
from desktop.widgets.plots.curve_panel import CurvePanel
from desktop.widgets.plots.export import as_png, as_svg
from desktop.widgets.plots.kinds import KINDS, LOSS, MONEY, PREDICTED, SMOOTHED
from desktop.widgets.plots.pyramid import Pyramid
from desktop.widgets.plots.run_plots import RunPlots

GIB = 2**30


def curves(steps: int = 200, *, card: bool = False) -> RunCurves:
    said: list[AnyEvent] = []
    for number in range(1, steps + 1):
        at = 1e9 + 2 * number
        said.append(
            Step(
                step=number, epoch=0.1, loss=3 / number, learning_rate=1e-4, grad_norm=1.0, tokens=500,
                tokens_per_second=250.0, seconds=2.0 * number, left_s=1.0, time=at,
            )
        )  # fmt: skip
        total = 24 * GIB if card else 0
        said.append(
            Memory(
                step=number, device_used_bytes=total // 2, device_total_bytes=total, process_bytes=GIB,
                process_peak_bytes=GIB, ram_used_bytes=4 * GIB, ram_total_bytes=16 * GIB, time=at,
            )
        )  # fmt: skip
        if card:
            said.append(CardReading(step=number, utilization=0.95, temperature_c=66.0, power_w=300.0, time=at))
        if number % 50 == 0:
            said.append(Validation(step=number, loss=3.1 / number, time=at))
    made = RunCurves()
    made.add(said)
    return made


@pytest.fixture
def plots(qtbot: QtBot) -> RunPlots:
    made = RunPlots()
    qtbot.addWidget(made)
    made.resize(640, 560)
    made.show()
    qtbot.waitExposed(made)
    return made


def drawn(qtbot: QtBot, plots: RunPlots, run: RunCurves, **choice: object) -> dict[str, CurvePanel]:
    plots.show_curves(run, 2 * GIB, PlotChoice(**choice), prices())
    qtbot.waitUntil(lambda: plots.is_drawn)
    return plots.panels


def test_every_plot_draws_what_its_words_say(qtbot: QtBot, plots: RunPlots) -> None:
    panels = drawn(qtbot, plots, curves(card=True), shown=tuple(kind.key for kind in KINDS))
    assert list(panels) == [kind.key for kind in KINDS]
    for kind in KINDS:
        assert all(len(ys) for _, ys in panels[kind.key].columns().values()), kind.key
        assert panels[kind.key].heading.toolTip() == kind.tip and len(kind.tip) > 40
        assert panels[kind.key].legend.items[-1].value, kind.key
    assert panels["temperature"].legend.items[0].value == "66 °C"
    assert panels["utilization"].legend.items[0].value == "95 %"
    assert panels["power"].legend.items[0].value == "300 W"
    energy_kwh = 300 * 398 / 3600 / 1000
    cost = panels["money"].columns()[MONEY][1][-1]
    assert cost == pytest.approx(energy_kwh * prices().electricity.price_per_kwh)
    assert [item.title for item in panels["memory"].legend.items][-1] == PREDICTED


def test_without_a_card_nothing_is_offered_that_only_a_card_tells(qtbot: QtBot, plots: RunPlots) -> None:
    panels = drawn(qtbot, plots, curves(), shown=("loss", "power", "money"))
    assert list(panels) == ["loss"]
    offered = [action.text() for action in plots.bar.menu.actions()]
    assert "Speed" in offered and "Power" not in offered and "Money so far" not in offered


def test_a_plot_comes_and_goes_with_the_choice_that_the_menu_asks_for(qtbot: QtBot, plots: RunPlots) -> None:
    run = curves()
    drawn(qtbot, plots, run)
    asked: list[object] = []
    plots.intent.connect(asked.append)
    rate = next(action for action in plots.bar.menu.actions() if action.text() == "Learning rate")
    rate.trigger()
    assert isinstance(asked[-1], ChoosePlots) and asked[-1].choice.shown[-1] == "learning_rate"
    plots.show_curves(run, 0, asked[-1].choice)
    qtbot.waitUntil(lambda: plots.is_drawn)
    assert len(plots.panels) == 5
    panels = plots.panels
    assert panels["loss"].menu is not None
    panels["loss"].menu.hide_plot.trigger()
    assert isinstance(asked[-1], ChoosePlots) and "loss" not in asked[-1].choice.shown


def test_a_zoom_in_one_plot_is_a_zoom_in_all_and_home_ends_it(qtbot: QtBot, plots: RunPlots) -> None:
    panels = drawn(qtbot, plots, curves())
    panels["loss"].box.wanted.emit(50.0, 100.0)
    for panel in panels.values():
        assert panel.box.viewRange()[0] == pytest.approx([50.0, 100.0])
    low, high = panels["loss"].box.viewRange()[1]
    assert low < 3 / 100 and high < 3 / 40, "the other axis follows what is in view"
    assert plots.bar.whole.isVisible()
    panels["speed"].setFocus()
    qtbot.keyClick(panels["speed"], Qt.Key.Key_Home)
    assert panels["loss"].box.viewRange()[0][1] > 199 and not plots.bar.whole.isVisible()
    qtbot.keyClick(panels["speed"], Qt.Key.Key_Plus)
    assert plots.bar.whole.isVisible()


def test_reading_out_goes_by_keys_and_in_all_plots(qtbot: QtBot, plots: RunPlots) -> None:
    panels = drawn(qtbot, plots, curves())
    panels["loss"]._point(100.2)
    assert {panel.place.text() for panel in panels.values()} == {"step 100"}
    qtbot.keyClick(panels["loss"], Qt.Key.Key_Left)
    assert panels["speed"].place.text() == "step 96"


def test_along_tokens_and_time(qtbot: QtBot, plots: RunPlots) -> None:
    run = curves()
    panels = drawn(qtbot, plots, run, along="tokens")
    assert panels["loss"].points(LOSS)[0][-1] == 500 * 200
    panels["loss"]._point(50_000)
    assert panels["loss"].place.text() == "50,000 tokens"
    panels = drawn(qtbot, plots, run, along="time")
    panels["loss"]._point(120.0)
    assert panels["loss"].place.text() == "2 min 00 s"


def test_a_logarithmic_axis_and_stronger_smoothing(qtbot: QtBot, plots: RunPlots) -> None:
    run = curves()
    panels = drawn(qtbot, plots, run, log=("loss",), smoothing=0.0)
    low, high = panels["loss"].box.viewRange()[1]
    assert low < np.log10(3 / 200) and high > np.log10(3)
    assert panels["loss"].points(SMOOTHED)[1] == panels["loss"].points(LOSS)[1]
    strings = panels["loss"]._up.tickStrings([-1.0, 0.0], 1.0, 1.0)
    assert strings == ["0.1", "1"]
    panels = drawn(qtbot, plots, run, smoothing=0.98)
    assert panels["loss"].points(SMOOTHED)[1][-1] > 1.5 * panels["loss"].points(LOSS)[1][-1]


def test_a_plot_is_saved_as_picture_drawing_and_numbers(qtbot: QtBot, plots: RunPlots) -> None:
    panel = drawn(qtbot, plots, curves())["loss"]
    picture = QImage.fromData(as_png(panel))
    assert picture.width() == 2 * panel.width()
    assert b"<svg" in as_svg(panel) and b"Plot: Loss" in as_svg(panel)
    assert panel.menu is not None
    rows = list(csv.DictReader(io.StringIO(panel.menu.content("csv")().decode())))
    assert len(rows) == 200 and float(rows[99][LOSS]) == 3 / 100
    assert rows[99]["Validation"] == repr(3.1 / 100) and rows[98]["Validation"] == ""


def test_a_long_curve_is_drawn_with_few_points_that_miss_no_peak() -> None:
    values = np.sin(np.arange(1_000_000) / 1000)
    values[777_777] = 50.0
    values[10:20] = np.nan
    pyramid = Pyramid()
    pyramid.show(values[:999_000], grown=False)
    pyramid.show(values, grown=True)
    places, seen = pyramid.between(0, len(values), 2000)
    assert len(places) <= 2002 and np.nanmax(seen) == 50.0 and np.nanmin(seen) == np.nanmin(values)
    assert (np.diff(places) >= 0).all()
    places, seen = pyramid.between(777_000, 778_000, 2000)
    assert np.array_equal(seen, values[777_000:778_000])
    again = Pyramid()
    again.show(values, grown=False)
    for one, other in zip(pyramid.between(0, 10**6, 500), again.between(0, 10**6, 500), strict=True):
        assert np.array_equal(one, other, equal_nan=True)
