"""The fit bar: one horizontal bar as long as the card's memory, with everything that wants to be in it.

From the left: what other programs hold (hatched), the terms of the estimate, what is free. The card's end is a hard
line; what does not fit stands past it, hatched in danger. Underneath, a legend with every number, which wraps. It
adds up to the byte.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import QEvent, QRectF
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QVBoxLayout, QWidget

from core.fit.values import TERM_TITLES
from core.fit.words import format_bytes
from desktop.style import SPACE
from desktop.widgets.fit_bar_layout import RESERVE_WORD, Segment, segments
from desktop.widgets.fit_bar_paint import BAR_HEIGHT, SCALE_HEIGHT, paint_bar
from desktop.widgets.fit_legend import FitLegend, LegendItem


@dataclass(frozen=True)
class FitValues:
    """What the bar shows, in bytes.

    Attributes:
        capacity_bytes: the card's memory (or the RAM), all of it; `capacity_name` what to call it.
        held_bytes: what other programs hold.
        terms: the estimate's terms in their order; `titles` names those that `TERM_TITLES` does not.
        reserve_bytes: what is planned with but belongs to nobody, so that the card does not run over; dotted.
        measured_bytes: what the run really takes, drawn over the prediction; None if nothing was measured.
        free_word: what the free part is called.
    """

    capacity_bytes: int
    held_bytes: int = 0
    terms: Mapping[str, int] = field(default_factory=dict)
    reserve_bytes: int = 0
    measured_bytes: int | None = None
    capacity_name: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)
    held_word: str = "Other programs"
    free_word: str = "Free"

    @property
    def predicted_bytes(self) -> int:
        """The terms together."""
        return sum(self.terms.values())

    @property
    def free_bytes(self) -> int:
        """What is left; negative if it does not fit."""
        return self.capacity_bytes - self.held_bytes - self.predicted_bytes - self.reserve_bytes

    def title(self, name: str) -> str:
        """The words for a term."""
        return self.titles.get(name) or TERM_TITLES.get(name, name)


class FitBar(QWidget):
    """Bar and legend."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.strip = _Strip()
        self.legend = FitLegend()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE.s)
        layout.addWidget(self.strip)
        layout.addWidget(self.legend)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.values: FitValues | None = None

    def show_values(self, values: FitValues | None, *, at_once: bool = False) -> None:
        """Show `values`; None shows an empty frame.

        Args:
            at_once: paint it now, so that it follows a slider even where the rest of the page takes longer. What else
                in the window waits to be painted is painted with it.
        """
        if values == self.values:
            return
        self.values = values
        self.strip.show_values(values, at_once)
        self.legend.show_items(legend_items(values) if values is not None else [])
        self.setAccessibleName("Memory")
        self.setAccessibleDescription(describe(values))


def legend_items(values: FitValues) -> list[LegendItem]:
    """Every part with its size, in the order of the bar; parts of no size are left out."""
    items = []
    if values.held_bytes:
        items.append(LegendItem(values.held_word, values.held_bytes, "held", "hatch"))
    items += [LegendItem(values.title(name), size, name, "solid") for name, size in values.terms.items() if size > 0]
    if values.reserve_bytes:
        items.append(LegendItem(RESERVE_WORD, values.reserve_bytes, "reserve", "dots"))
    if values.free_bytes >= 0:
        items.append(LegendItem(values.free_word, values.free_bytes, "free", "frame"))
    else:
        items.append(LegendItem("Too much by", -values.free_bytes, "over", "hatch"))
    if values.measured_bytes is not None:
        items.append(LegendItem("Measured", values.measured_bytes, "measured", "line"))
    return items


def describe(values: FitValues | None) -> str:
    """The bar in words, for tooltips and screen readers."""
    if values is None:
        return "Not known yet"
    name = values.capacity_name or "Memory"
    lines = [f"{name}: {format_bytes(values.capacity_bytes)}"]
    return "\n".join(lines + [f"{item.title}: {format_bytes(item.size_bytes)}" for item in legend_items(values)])


class _Strip(QWidget):
    """The bar itself. `drawn`: the parts that were painted last."""

    def __init__(self) -> None:
        super().__init__()
        self._values: FitValues | None = None
        self.drawn: list[Segment] = []
        self.setFixedHeight(BAR_HEIGHT + SCALE_HEIGHT)
        self.setMinimumWidth(240)

    def show_values(self, values: FitValues | None, at_once: bool) -> None:
        """As `FitBar.show_values`."""
        self._values = values
        if at_once and self.isVisible():
            self.repaint()
        else:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the bar for the width of now."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(0, 0, self.width(), BAR_HEIGHT)
        self.drawn = segments(self._values, area.width()) if self._values is not None else []
        paint_bar(painter, area, self._values, self.drawn, self.font())
        painter.end()

    def event(self, event: QEvent) -> bool:
        """Hovering names the part under the pointer."""
        if event.type() != QEvent.Type.ToolTip or not isinstance(event, QHelpEvent):
            return super().event(event)
        under = next((s for s in reversed(self.drawn) if s.left <= event.pos().x() <= s.left + s.width), None)
        QToolTip.showText(
            event.globalPos(), f"{under.title}: {format_bytes(under.size_bytes)}" if under else describe(self._values)
        )
        return True
