"""What can be done with a plot: log scale, all in view, out of sight, saved as a picture or as numbers."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QMenu

from core.runs.numbers import as_csv
from desktop.intents import SaveFile
from desktop.widgets.plots.export import as_png, as_svg

if TYPE_CHECKING:
    from collections.abc import Callable

    from desktop.widgets.plots.curve_panel import CurvePanel

Kind = str
KINDS = {"png": "Picture (*.png)", "svg": "Drawing (*.svg)", "csv": "Numbers (*.csv)"}


class PlotMenu(QMenu):
    """The menu of one plot.

    Signals:
        log_wanted(bool): a logarithmic axis is wanted, or a plain one.
        hide_wanted(): the plot is to go.
        save(SaveFile): what is to be written.
    """

    log_wanted = Signal(bool)
    hide_wanted = Signal()
    save = Signal(object)

    def __init__(self, panel: CurvePanel) -> None:
        super().__init__(panel)
        self._panel = panel
        self.log = self.addAction("Logarithmic scale")
        self.log.setCheckable(True)
        self.log.setToolTip("Equal distances are equal ratios: small late changes stay visible beside large early ones")
        self.log.triggered.connect(self.log_wanted)
        self.everything = self.addAction("Show all of it\tHome")
        self.everything.triggered.connect(lambda: panel.box.everything.emit())
        self.hide_plot = self.addAction("Hide this plot")
        self.hide_plot.triggered.connect(self.hide_wanted)
        self.addSeparator()
        for kind, title in (("png", "picture (PNG)"), ("svg", "drawing (SVG)"), ("csv", "numbers (CSV)")):
            self.addAction(f"Save {title}…").triggered.connect(functools.partial(self._ask, kind))
        self.setToolTipsVisible(True)

    def allow_hiding(self, on: bool) -> None:
        """Whether it is one of several that can be hidden."""
        self.hide_plot.setVisible(on)

    def content(self, kind: Kind) -> Callable[[], bytes]:
        """What a file of `kind` holds: a picture is made now, numbers where it is called, in any thread."""
        if kind == "csv":
            return functools.partial(as_csv, self._panel.x_unit, self._panel.columns())
        made = as_png(self._panel) if kind == "png" else as_svg(self._panel)
        return lambda: made

    def _ask(self, kind: Kind) -> None:
        """Where to, and then what."""
        name = f"{self._panel.title.lower().replace(' ', '-')}.{kind}"
        chosen, _ = QFileDialog.getSaveFileName(self._panel, f"Save {self._panel.title}", name, KINDS[kind])
        if chosen:
            path = Path(chosen) if Path(chosen).suffix else Path(f"{chosen}.{kind}")
            self.save.emit(SaveFile(path, self.content(kind)))
