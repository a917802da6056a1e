"""The plots of a run: what each shows, in which unit, and what its words mean.

To add one: add one entry to `KINDS`; `tests/desktop/widgets/plots/test_run_plots.py` draws every one of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from core.fit.prices import Prices
from core.fit.words import format_price
from core.runs.curves import RunCurves
from core.runs.smoothing import Smoothed
from core.runs.table import Column, Table
from desktop.widgets.plots.curve_panel import Dash

PREDICTED = "Predicted"
LOSS, SMOOTHED, VALIDATION = "Training, each step", "Training", "Validation"
PROCESS, EVERYTHING = "This run", "All programs"
SPEED, GRADIENT, RATE = "Tokens per second", "Gradient norm", "Learning rate"
UTILIZATION, TEMPERATURE, POWER, MONEY = "Utilisation", "Temperature", "Power", "Electricity"


@dataclass
class Source:
    """What plots are drawn from.

    Attributes:
        prices: None until they are read; without them nothing is said of money.
    """

    curves: RunCurves
    smoothing: float = 0.8
    predicted_bytes: int = 0
    prices: Prices | None = None
    _smoothed: dict[str, Smoothed] = field(default_factory=dict)

    def smoothed(self, column: str) -> Column:
        """A column of the steps, smoothed; worked out only where it is new."""
        known = self._smoothed.setdefault(column, Smoothed(self.smoothing))
        return known.of(self.curves.steps[column], self.curves.steps.cuts)


@dataclass(frozen=True)
class Drawn:
    """One curve of a plot: its name and look, the table whose rows it follows, and its values, one a row."""

    name: str
    role: str
    table: Callable[[RunCurves], Table]
    values: Callable[[Source], Column]
    dash: Dash = "solid"
    faint: bool = False


@dataclass(frozen=True)
class PlotKind:
    """One plot.

    Attributes:
        tip: what it shows and what to make of it, for somebody who reads the term for the first time.
        words, axis_words: a value for the read-out and for the axis; by its digits where None.
        level: where a line of its own is drawn, 0 for none.
        needs_card: whether only a card tells it.
        is_told: whether this run's log has it at all.
    """

    key: str
    title: str
    tip: str
    drawn: tuple[Drawn, ...]
    unit: str = ""
    from_zero: bool = False
    words: Callable[[float, Source], str] | None = None
    axis_words: Callable[[float, Source], str] | None = None
    needs_card: bool = False
    is_told: Callable[[Source], bool] = lambda source: True
    level: Callable[[Source], float] | None = None


def steps(curves: RunCurves) -> Table:
    """One row a step."""
    return curves.steps


def memory(curves: RunCurves) -> Table:
    """One row for each time that the memory was looked at."""
    return curves.memory


def card(curves: RunCurves) -> Table:
    """One row for each time that the card was read."""
    return curves.card


def _tells(column: str) -> Callable[[Source], bool]:
    return lambda source: bool(np.isfinite(source.curves.card[column]).any())


def _is_priced(source: Source) -> bool:
    return source.prices is not None and source.curves.energy_wh > 0


def _everything(source: Source) -> Column:
    return source.curves.memory["device_bytes" if source.curves.device_total_bytes else "ram_bytes"]


def _money(source: Source) -> Column:
    each = source.prices.electricity.price_per_kwh if source.prices is not None else math.nan
    return source.curves.card["energy_wh"] / 1000 * each


def _column(table: Callable[[RunCurves], Table], name: str) -> Callable[[Source], Column]:
    return lambda source: table(source.curves)[name]


def _raw_and_smoothed(raw: str, smoothed: str, role: str, column: str) -> tuple[Drawn, Drawn]:
    """A column of the steps, pale, and its average, strong."""
    return (
        Drawn(raw, role, steps, _column(steps, column), faint=True),
        Drawn(smoothed, role, steps, lambda source: source.smoothed(column)),
    )


def _percent(value: float, source: Source) -> str:
    return f"{100 * value:.0f} %"


def _price(value: float, source: Source) -> str:
    return format_price(value, source.prices.currency) if source.prices is not None else ""


KINDS: tuple[PlotKind, ...] = (
    PlotKind(
        "loss",
        "Loss",
        "How wrong the model is about the next token, on average (nats a token); lower is better. The pale line is "
        "each step, the strong one its average. Validation is the same on rows that are held back: if it rises while "
        "the training loss falls, the model learns its rows by heart.",
        (
            *_raw_and_smoothed(LOSS, SMOOTHED, "tuned", "loss"),
            Drawn(VALIDATION, "validation", lambda c: c.validation, lambda s: s.curves.validation["loss"], "dash"),
        ),
    ),
    PlotKind(
        "memory",
        "Memory",
        "What the training process holds of the card's memory (or of RAM, without a card), and what all programs hold "
        "together. The dotted line is what was predicted.",
        (
            Drawn(PROCESS, "tuned", memory, _column(memory, "process_bytes")),
            Drawn(EVERYTHING, "base", memory, _everything, "dashdot"),
        ),
        unit="bytes",
        from_zero=True,
        level=lambda source: float(source.predicted_bytes),
    ),
    PlotKind(
        "speed",
        "Speed",
        "Tokens trained on each second, padding left out. Rows of different lengths make it jump; a lasting fall means "
        "that the card is hot or shared.",
        _raw_and_smoothed("Each step", SPEED, "base", "tokens_per_second"),
        unit="tokens/s",
        from_zero=True,
    ),
    PlotKind(
        "grad_norm",
        "Gradient norm",
        "How far the step's rows pull at the weights, before clipping. Calm is good; jumps of ten times mean odd rows "
        "or a learning rate that is too high.",
        _raw_and_smoothed("Each step", GRADIENT, "base", "grad_norm"),
        from_zero=True,
    ),
    PlotKind(
        "learning_rate",
        "Learning rate",
        "How far each step moves the weights: it rises in the warm-up and then follows the schedule.",
        (Drawn(RATE, "base", steps, _column(steps, "learning_rate")),),
        from_zero=True,
        words=lambda value, source: f"{value:.3g}",
        axis_words=lambda value, source: f"{value:.2g}",
    ),
    PlotKind(
        "utilization",
        "Utilisation",
        "The share of time in which the card computed at all. Well below 100 % it waits: for data, for the processor, "
        "or because the batch is small.",
        (Drawn(UTILIZATION, "base", card, _column(card, "utilization")),),
        from_zero=True,
        words=_percent,
        axis_words=_percent,
        needs_card=True,
        is_told=_tells("utilization"),
    ),
    PlotKind(
        "temperature",
        "Temperature",
        "How hot the card is. Most cards slow down by themselves somewhere above 83 °C.",
        (Drawn(TEMPERATURE, "base", card, _column(card, "temperature_c")),),
        unit="°C",
        words=lambda value, source: f"{value:.0f} °C",
        needs_card=True,
        is_told=_tells("temperature_c"),
    ),
    PlotKind(
        "power",
        "Power",
        "What the card draws. The rest of the computer comes on top and is not measured.",
        (Drawn(POWER, "base", card, _column(card, "power_w")),),
        unit="W",
        from_zero=True,
        words=lambda value, source: f"{value:,.0f} W",
        needs_card=True,
        is_told=_tells("power_w"),
    ),
    PlotKind(
        "money",
        "Money so far",
        "The electricity that the card has taken, at your price of a kilowatt-hour (Train page, Costs). The rest of "
        "the computer is not in it.",
        (Drawn(MONEY, "base", card, _money),),
        from_zero=True,
        words=_price,
        needs_card=True,
        is_told=_is_priced,
    ),
)
BY_KEY = {kind.key: kind for kind in KINDS}


def offered(source: Source) -> list[PlotKind]:
    """The plots that this run can have: without a card, none that only a card tells."""
    on_card = source.curves.device_total_bytes > 0 or len(source.curves.card) > 0
    return [kind for kind in KINDS if not kind.needs_card or (on_card and kind.is_told(source))]
