"""Runs side by side: one curve of each over the others', and in a table what differs and what became of each."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import msgspec
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from core.fit.words import format_bytes, format_rate
from core.runs.compare import differing
from core.runs.smoothing import Smoothed
from core.runs.summary import RunSummary
from core.runs.table import Column, Table
from core.settings import SETTINGS
from desktop.intents import ChoosePlots
from desktop.plot_choice import PlotChoice
from desktop.run_details import RunDetails
from desktop.style import ROW, SPACE
from desktop.style.text import label
from desktop.style.theme import theme
from desktop.widgets.durations import format_duration
from desktop.widgets.plots.curve_legend import pen
from desktop.widgets.plots.curve_panel import CurvePanel
from desktop.widgets.plots.plot_bar import ALONG, ALONG_TIP
from desktop.widgets.run_card import value_words
from desktop.widgets.run_words import STATES
from desktop.widgets.sweep_table import LOOKS

NONE = "–"
DATED = re.compile(r"^\d{4}-\d\d-\d\d-(\d\d)(\d\d)(\d\d)-")
"""How `RunStore` begins a name: with the date and the time of day."""
MARK = QSize(22, 12)
PLOT_HEIGHT = 260
TITLE_WIDTH = 156


def _smoothed(column: str) -> Callable[[RunDetails, float], tuple[Table, Column]]:
    def made(details: RunDetails, keep: float) -> tuple[Table, Column]:
        steps = details.curves.steps
        return steps, Smoothed(keep).of(steps[column])

    return made


def _held_back(details: RunDetails, keep: float) -> tuple[Table, Column]:
    return details.curves.validation, details.curves.validation["loss"]


def _memory(details: RunDetails, keep: float) -> tuple[Table, Column]:
    return details.curves.memory, details.curves.memory["process_bytes"]


MEASURES: dict[str, Callable[[RunDetails, float], tuple[Table, Column]]] = {
    "Loss": _smoothed("loss"),
    "Validation loss": _held_back,
    "Tokens per second": _smoothed("tokens_per_second"),
    "Gradient norm": _smoothed("grad_norm"),
    "Memory": _memory,
}


class ComparePanel(QWidget):
    """Two runs or more.

    Signals:
        intent(Intent): another choice of what they are drawn along, or a file to save.
    """

    intent = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[object, ...] = ()
        self._runs: tuple[RunSummary, ...] = ()
        self._details: tuple[RunDetails, ...] = ()
        self._choice = PlotChoice()
        self.title = label(size="heading")
        self.measure = QComboBox()
        self.measure.setAccessibleName("Curve")
        self.measure.setToolTip("Which number of each run is drawn; loss and speed are smoothed as on the Train page")
        self.measure.addItems(list(MEASURES))
        self.measure.setMinimumContentsLength(9)
        self.measure.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.measure.activated.connect(lambda _: self._draw())
        self.along = QComboBox()
        self.along.setAccessibleName("Along")
        self.along.setToolTip(ALONG_TIP)
        for key, words in ALONG:
            self.along.addItem(words, key)
        self.along.activated.connect(self._on_along)
        self.plots = {name: self._plot(name) for name in MEASURES}
        self.table = self._make_table()
        self._lay_out()
        theme().changed.connect(self._fill)

    def _plot(self, name: str) -> CurvePanel:
        made = CurvePanel(name, y_unit="bytes" if name == "Memory" else "", interactive=True)
        made.setFixedHeight(PLOT_HEIGHT)
        assert made.menu is not None
        made.menu.allow_hiding(False)
        made.menu.log_wanted.connect(made.show_log)
        made.menu.save.connect(self.intent)
        return made

    def _make_table(self) -> QTableWidget:
        table = QTableWidget()
        table.setAccessibleName("What differs, and what became of each")
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        table.setWordWrap(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(ROW)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setMinimumSectionSize(48)
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        table.setIconSize(MARK)
        table.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        table.setMinimumWidth(0)
        return table

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE.s)
        head.addWidget(self.title, 1)
        head.addWidget(self.measure, 1)
        head.addWidget(self.along)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE.m)
        layout.addLayout(head)
        for name, plot in self.plots.items():
            layout.addWidget(plot)
            plot.setVisible(name == self.measure.currentText())
        layout.addWidget(self.table, 1)

    def show_runs(self, runs: Sequence[RunSummary], details: Sequence[RunDetails], choice: PlotChoice) -> None:
        """Show `runs` side by side; those of which the details are not read yet have no curve yet."""
        wanted = (tuple(runs), tuple(details), choice)
        if wanted == self._shown:
            return
        self._shown = wanted
        self._runs, self._choice = tuple(runs), choice
        names = [run.name for run in runs]
        self._details = tuple(one for one in details if one.name in names)
        self.title.setText(f"{len(runs)} runs")
        self.title.setToolTip("Side by side, in the order of the table")
        self.along.setCurrentIndex(self.along.findData(choice.along))
        self._draw()
        self._fill()

    def _on_along(self, place: int) -> None:
        self.intent.emit(ChoosePlots(msgspec.structs.replace(self._choice, along=self.along.itemData(place))))

    def _draw(self) -> None:
        """One curve a run, told apart by colour and dash; the plots that are not shown wait empty."""
        chosen = self.measure.currentText()
        for name, plot in self.plots.items():
            plot.setVisible(name == chosen)
        plot = self.plots[chosen]
        plot.remove_curves()
        plot.show_along(self._choice.along)
        order = [run.name for run in self._runs]
        titles = short_names(self._runs)
        for details in self._details:
            place = order.index(details.name)
            role, dash = LOOKS[place % len(LOOKS)]
            plot.add_curve(titles[place], role=role, dash=dash)
            table, values = MEASURES[chosen](details, self._choice.smoothing)
            plot.hold_points(titles[place], details.curves.along(table, self._choice.along), values)
        plot.draw()

    def _fill(self) -> None:
        rows = []
        jobs = {one.name: one.job for one in self._details if one.job is not None}
        if len(jobs) == len(self._runs):
            for row in differing([jobs[run.name] for run in self._runs]):
                setting = SETTINGS.get(row.key)
                unit = setting.unit if setting is not None else ""
                rows.append((row.title, [value_words(value, unit) for value in row.values]))
        rows += [(title, [words(run) for run in self._runs]) for title, words in FIGURES]
        self.table.setColumnCount(1 + len(self._runs))
        self.table.setRowCount(1 + len(rows))
        self.table.setHorizontalHeaderItem(0, QTableWidgetItem(""))
        self.table.setItem(0, 0, QTableWidgetItem(""))
        for place, title in enumerate(short_names(self._runs), start=1):
            header = QTableWidgetItem(title)
            header.setToolTip(self._runs[place - 1].shown_name)
            self.table.setHorizontalHeaderItem(place, header)
            self.table.setItem(0, place, QTableWidgetItem(mark(*LOOKS[(place - 1) % len(LOOKS)]), ""))
        for number, (title, cells) in enumerate(rows, start=1):
            for place, words in enumerate([title, *cells]):
                cell = QTableWidgetItem(words)
                cell.setToolTip(words)
                if not place:
                    cell.setForeground(theme().colour("muted"))
                self.table.setItem(number, place, cell)
        header_view = self.table.horizontalHeader()
        header_view.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header_view.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        header_view.resizeSection(0, TITLE_WIDTH)

    def cells(self) -> list[list[str]]:
        """The table's words, each row after its title."""
        table = self.table
        return [
            [table.item(row, column).text() for column in range(table.columnCount())] for row in range(table.rowCount())
        ]


def _size(size_bytes: int) -> str:
    return format_bytes(size_bytes) if size_bytes else NONE


FIGURES: tuple[tuple[str, Callable[[RunSummary], str]], ...] = (
    ("State", lambda run: STATES[run.state].word),
    ("Steps", lambda run: f"{run.step:,}"),
    ("Final loss", lambda run: NONE if run.loss_last is None else f"{run.loss_last:.3f}"),
    ("Predicted memory", lambda run: _size(run.predicted_memory_bytes)),
    ("Measured memory", lambda run: _size(run.peak_memory_bytes)),
    ("Predicted tokens/s", lambda run: format_rate(run.predicted_tokens_per_second)),
    ("Measured tokens/s", lambda run: format_rate(run.tokens_per_second)),
    ("Time", lambda run: format_duration(run.seconds) if run.seconds else NONE),
    ("Tags", lambda run: ", ".join(run.tags) or NONE),
)


def short_names(runs: Sequence[RunSummary]) -> list[str]:
    """What the person calls each, or its folder's name without the date, with the time of day where that tells no two
    apart, or else the whole of it."""
    short = [run.title or DATED.sub("", run.name) for run in runs]
    timed = [run.title or DATED.sub(r"\1:\2:\3 ", run.name) for run in runs]
    return [
        next(
            (name for name, others in ((short[place], short), (timed[place], timed)) if others.count(name) == 1),
            run.name,
        )
        for place, run in enumerate(runs)
    ]


def mark(role: str, dash: str) -> QIcon:
    """A piece of a run's line, for the head of its column."""
    made = QPixmap(MARK * 2)
    made.setDevicePixelRatio(2)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    line = pen(role, dash)
    line.setCosmetic(False)
    painter.setPen(line)
    painter.drawLine(0, MARK.height() // 2, MARK.width(), MARK.height() // 2)
    painter.end()
    return QIcon(made)
