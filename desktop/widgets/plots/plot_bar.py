"""The line above a run's plots: which are shown, along what, how much the loss is smoothed."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import cast

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QMenu, QSlider, QWidget

from core.runs.along import Along
from desktop.plot_choice import PlotChoice
from desktop.style import SPACE
from desktop.style.text import label
from desktop.widgets import buttons
from desktop.widgets.plots.kinds import PlotKind

ALONG: tuple[tuple[Along, str], ...] = (("step", "Steps"), ("tokens", "Tokens"), ("time", "Time"))
ALONG_TIP = (
    "What the curves are drawn along: optimiser steps, tokens trained on, or time of training. Tokens make runs with "
    "different batches comparable, time shows which is faster."
)
STOPS = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
SMOOTHING_TIP = (
    "How strongly the loss is averaged over the steps before: what the average keeps of itself at each step. More "
    "shows the direction, less shows the single steps."
)
SLIDER_WIDTH = 96
SLIDER_HEIGHT = 24


class PlotBar(QWidget):
    """Emits the choice that the person makes; shows the one it is told.

    Signals:
        chosen(PlotChoice): another choice is wanted.
        everything(): all of the curves are to be seen again.
    """

    chosen = Signal(object)
    everything = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choice = PlotChoice()
        self._kinds: tuple[PlotKind, ...] = ()
        self.plots = buttons.quiet("Plots", icon="settings", tip="Which plots are shown")
        self.menu = QMenu(self.plots)
        self.menu.setToolTipsVisible(True)
        self.plots.setMenu(self.menu)
        self.along = QComboBox()
        self.along.setAccessibleName("Along")
        self.along.setToolTip(ALONG_TIP)
        for key, title in ALONG:
            self.along.addItem(title, key)
        self.along.activated.connect(lambda place: self._choose(along=cast(Along, self.along.itemData(place))))
        self.smoothing = QSlider(Qt.Orientation.Horizontal)
        self.smoothing.setRange(0, len(STOPS) - 1)
        self.smoothing.setFixedSize(SLIDER_WIDTH, SLIDER_HEIGHT)
        self.smoothing.setAccessibleName("Smoothing")
        self.smoothing.setToolTip(SMOOTHING_TIP)
        self.smoothing.valueChanged.connect(lambda place: self._choose(smoothing=STOPS[place]))
        self.kept = label(size="small", role="muted")
        self.kept.setMinimumWidth(self.kept.fontMetrics().horizontalAdvance("0.995"))
        self.whole = buttons.quiet("Show all", icon="undo", tip="Show the whole run again (Home, or a double click)")
        self.whole.clicked.connect(self.everything)
        self._lay_out()

    def _lay_out(self) -> None:
        word = label("Smoothing", role="muted")
        word.setToolTip(SMOOTHING_TIP)
        word.setBuddy(self.smoothing)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE.s)
        layout.addWidget(self.plots)
        layout.addWidget(self.along)
        layout.addSpacing(SPACE.s)
        for part in (word, self.smoothing, self.kept):
            layout.addWidget(part)
        layout.addStretch(1)
        layout.addWidget(self.whole)
        self.whole.hide()

    def show_choice(self, choice: PlotChoice, kinds: Sequence[PlotKind], *, is_zoomed: bool) -> None:
        """Show `choice` among the plots that there can be."""
        self.whole.setVisible(is_zoomed)
        if (choice, tuple(kinds)) == (self._choice, self._kinds):
            return
        self._choice, self._kinds = choice, tuple(kinds)
        self.along.setCurrentIndex(self.along.findData(choice.along))
        was = self.smoothing.blockSignals(True)
        self.smoothing.setValue(min(range(len(STOPS)), key=lambda place: abs(STOPS[place] - choice.smoothing)))
        self.smoothing.blockSignals(was)
        self.kept.setText(f"{choice.smoothing:g}" if choice.smoothing else "off")
        self._fill_menu()

    def _fill_menu(self) -> None:
        self.menu.clear()
        for kind in self._kinds:
            action = self.menu.addAction(kind.title)
            action.setCheckable(True)
            action.setChecked(kind.key in self._choice.shown)
            action.setToolTip(kind.tip)
            action.toggled.connect(functools.partial(self.toggle, kind.key))

    def toggle(self, key: str, on: bool) -> None:
        """Ask for a plot, or for its absence; they stand in the order of the menu."""
        wanted = {*self._choice.shown, key} if on else {*self._choice.shown} - {key}
        known = [kind.key for kind in self._kinds]
        elsewhere = [other for other in self._choice.shown if other not in known]  # such as those of another's card
        self._choose(shown=(*(other for other in known if other in wanted), *elsewhere))

    def set_log(self, key: str, on: bool) -> None:
        """Ask for a logarithmic axis, or for a plain one."""
        rest = tuple(other for other in self._choice.log if other != key)
        self._choose(log=(*rest, key) if on else rest)

    def _choose(self, **changes: object) -> None:
        wanted = msgspec.structs.replace(self._choice, **changes)
        if wanted != self._choice:
            self.chosen.emit(wanted)
