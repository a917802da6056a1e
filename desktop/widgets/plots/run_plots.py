"""The live plots of a run, as many as were chosen. They are drawn one after the other, so that none holds the window
up."""

from __future__ import annotations

import functools
from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from core.fit.prices import Prices
from core.runs.curves import RunCurves
from desktop.intents import ChoosePlots
from desktop.plot_choice import PlotChoice
from desktop.style import SPACE
from desktop.style.text import label
from desktop.widgets.plots.curve_panel import CurvePanel
from desktop.widgets.plots.kinds import BY_KEY, KINDS, PREDICTED, PlotKind, Source, offered
from desktop.widgets.plots.plot_bar import PlotBar

LEAST_ROW = 192
BETWEEN_MS = 12
"""Between two plots of one round the window gets time for everything else."""
ROUND_MS = 250
"""Between the starts of two rounds, while the run goes on."""
NONE_CHOSEN = "No plot is chosen. The menu at the left shows what there is."


class RunPlots(QWidget):
    """Panels over the same steps, zoomed and read out together. What they hold is what `RunCurves` holds, number for
    number.

    Attributes:
        panels: those that are made, by the keys of their kinds.

    Signals:
        intent(Intent): another choice of plots, or a file to save.
    """

    intent = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.panels: dict[str, CurvePanel] = {}
        self._keys: list[str] = []
        self._source: Source | None = None
        self._choice = PlotChoice()
        self._drawn: tuple[object, ...] = ()
        self._zoom: tuple[float, float] | None = None
        self._waiting: list[str] = []
        self.bar = PlotBar()
        self.bar.chosen.connect(lambda choice: self.intent.emit(ChoosePlots(choice)))
        self.bar.everything.connect(lambda: self._on_zoomed(None))
        self.none = label(NONE_CHOSEN, role="muted")
        self.none.hide()
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.timeout.connect(self._draw_next)
        self._since_round = QElapsedTimer()
        self._grid = QGridLayout()
        self._grid.setSpacing(SPACE.l)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE.s)
        layout.addWidget(self.bar)
        layout.addWidget(self.none)
        layout.addLayout(self._grid, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)

    def prepare(self) -> None:
        """Make the usual plots, one a turn, while nobody waits for them: each takes some frames' time."""
        if self._source is None:
            self._keys = [kind.key for kind in KINDS if kind.key in self._choice.shown and not kind.needs_card]
            self._waiting = list(self._keys)
            self._turn.start(0)

    def show_curves(
        self,
        curves: RunCurves,
        predicted_bytes: int,
        choice: PlotChoice | None = None,
        prices: Prices | None = None,
    ) -> None:
        """Draw `curves` as they are now, soon; nothing is done if they are drawn already."""
        choice = choice or self._choice
        wanted = (curves, curves.revision, predicted_bytes, choice, prices)
        if wanted == self._drawn:
            return
        known = self._source
        if known is None or known.curves is not curves or known.smoothing != choice.smoothing:
            self._source = Source(curves, choice.smoothing)
        assert self._source is not None
        self._source.predicted_bytes, self._source.prices = predicted_bytes, prices
        if known is None or known.curves is not curves or choice.along != self._choice.along:
            self._zoom = None
        at_once = not self._drawn or wanted[2:] != self._drawn[2:] or curves is not self._drawn[0]
        self._drawn, self._choice = wanted, choice
        self._arrange(offered(self._source))
        self._waiting += [key for key in self._keys if key not in self._waiting]
        if at_once:
            self._turn.start(0)
        elif not self._turn.isActive():
            spent = self._since_round.elapsed() if self._since_round.isValid() else ROUND_MS
            self._turn.start(max(0, ROUND_MS - spent))

    @property
    def is_drawn(self) -> bool:
        """Whether every plot shows what `show_curves` was told last."""
        return bool(self._drawn) and not self._waiting and self.panels.keys() == set(self._keys)

    def _arrange(self, kinds: list[PlotKind]) -> None:
        """Plan for the chosen plots of those that there can be; those that are not there yet are made in their turn."""
        self.bar.show_choice(self._choice, kinds, is_zoomed=self._zoom is not None)
        keys = [kind.key for kind in kinds if kind.key in self._choice.shown]
        self.none.setVisible(not keys)
        if keys == self._keys:
            return
        self._keys = keys
        for gone in [key for key in self.panels if key not in keys]:
            panel = self.panels.pop(gone)
            self._grid.removeWidget(panel)
            panel.hide()
            panel.deleteLater()
        self._waiting.clear()
        self._place()

    def _place(self) -> None:
        """Every plot that is made where it belongs, the first one wide where their number is odd."""
        shift = len(self._keys) % 2
        for place, key in enumerate(self._keys):
            row, column = divmod(place + shift, 2) if place else (0, 0)
            if key in self.panels:
                self._grid.addWidget(self.panels[key], row, column, 1, 2 if not place and shift else 1)
        rows = (len(self._keys) + 1) // 2
        for row in range(max(rows, self._grid.rowCount())):
            self._grid.setRowStretch(row, 1 if row < rows else 0)
        for column in (0, 1):
            self._grid.setColumnStretch(column, 1)
        self.setMinimumHeight(rows * (LEAST_ROW + SPACE.l) + self.bar.sizeHint().height())

    def showEvent(self, event: QShowEvent) -> None:
        """Plots that were made while nobody saw them appear one a turn: the first painting of each takes a while."""
        super().showEvent(event)
        self._waiting += [key for key in self._keys if key not in self._waiting and key in self._hidden()]
        if self._waiting and not self._turn.isActive():
            self._turn.start(0)

    def _hidden(self) -> list[str]:
        return [key for key, panel in self.panels.items() if panel.isHidden()]

    def _make(self, kind: PlotKind) -> CurvePanel:
        panel = CurvePanel(
            kind.title,
            self._choice.along,
            kind.unit,
            from_zero=kind.from_zero,
            value_words=self._words(kind.words),
            axis_words=self._words(kind.axis_words),
            tip=kind.tip,
            interactive=True,
        )
        for drawn in kind.drawn:
            panel.add_curve(drawn.name, role=drawn.role, dash=drawn.dash, faint=drawn.faint)
        kept = panel.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        panel.setSizePolicy(kept)
        panel.hide()
        panel.zoomed.connect(self._on_zoomed)
        panel.pointed.connect(functools.partial(self._on_pointed, panel))
        assert panel.menu is not None
        panel.menu.log_wanted.connect(functools.partial(self.bar.set_log, kind.key))
        panel.menu.hide_wanted.connect(functools.partial(self.bar.toggle, kind.key, False))
        panel.menu.save.connect(self.intent)
        return panel

    def _words(self, words: Callable[[float, Source], str] | None) -> Callable[[float], str] | None:
        return None if words is None else lambda value: words(value, self._source) if self._source else ""

    def _draw_next(self) -> None:
        """Draw one of the plots that wait, and the next a moment later; one that is not there yet is made instead."""
        if not self._waiting:
            return
        self._since_round.restart()
        key = self._waiting[0]
        if self._source is not None and key in self.panels:
            self._draw(self._waiting.pop(0), self._source)
        elif key in self.panels:
            self.panels[self._waiting.pop(0)].setVisible(self.isVisible())
        else:
            self.panels[key] = self._make(BY_KEY[key])
            self._place()
        if self._waiting:
            self._turn.start(BETWEEN_MS)

    def _draw(self, key: str, source: Source) -> None:
        panel, kind, curves = self.panels[key], BY_KEY[key], source.curves
        panel.show_along(self._choice.along)
        for drawn in kind.drawn:
            table = drawn.table(curves)
            stamp = (id(curves), table.cuts, source.smoothing, source.prices)
            panel.hold_points(drawn.name, curves.along(table, self._choice.along), drawn.values(source), stamp)
        if kind.level is not None:
            panel.set_level(PREDICTED, kind.level(source) or None, dash="dot")
        panel.show_log(key in self._choice.log)
        panel.show_zoom(self._zoom)
        if panel.isHidden() and self.isVisible():
            panel.show()  # which draws it
        else:
            panel.setVisible(True)
            panel.draw()

    def _on_zoomed(self, zoom: tuple[float, float] | None) -> None:
        self._zoom = zoom
        for panel in self.panels.values():
            panel.show_zoom(zoom)
        self.bar.whole.setVisible(zoom is not None)

    def _on_pointed(self, panel: CurvePanel, x: float | None) -> None:
        for other in self.panels.values():
            if other is not panel:
                other.show_pointer(x)
