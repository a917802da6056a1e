"""The table of runs: a small model over RunSummary, and its view."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from core.runs.summary import RunSummary
from desktop.icons import icon
from desktop.style import ROW
from desktop.widgets.durations import format_moment
from desktop.widgets.run_words import STATES

Index = QModelIndex | QPersistentModelIndex
COLUMNS = ("State", "Run", "Data", "Steps", "Final loss", "Created")
WIDTHS = (124, 0, 0, 76, 92, 148)
NUMBERS = (3, 4)
NARROW = 700
NARROWER = 620
NARROWEST = 500


class RunsModel(QAbstractTableModel):
    """The rows."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: tuple[RunSummary, ...] = ()

    def show_runs(self, runs: tuple[RunSummary, ...]) -> None:
        """Show `runs`. While they are the same runs, only what changed is painted again, and the selection stays."""
        if runs == self.runs:
            return
        if [run.name for run in runs] == [run.name for run in self.runs]:
            self.runs = runs
            self.dataChanged.emit(self.index(0, 0), self.index(len(runs) - 1, len(COLUMNS) - 1))
        else:
            self.beginResetModel()
            self.runs = runs
            self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """One row a run."""
        return 0 if parent.isValid() else len(self.runs)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """As many as `COLUMNS`."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The columns' words."""
        if orientation == Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return COLUMNS[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A cell's words, icon or alignment."""
        run, column = self.runs[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return _cell(run, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return run.name if column == 0 else run.notes or _cell(run, column) if column == 1 else _cell(run, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.DecorationRole and column == 0:
            return icon(STATES[run.state].icon, STATES[run.state].role)
        return None


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column in NUMBERS else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _cell(run: RunSummary, column: int) -> str:
    match COLUMNS[column]:
        case "State":
            return STATES[run.state].word
        case "Run":
            tags = f" · {', '.join(run.tags)}" if run.tags else ""
            return f"{run.title or run.model or run.name}{tags}"
        case "Data":
            return run.dataset or "–"
        case "Steps":
            return (
                f"{run.step:,}"
                if run.step == run.steps_total or not run.steps_total
                else f"{run.step:,} / {run.steps_total:,}"
            )
        case "Final loss":
            return "–" if run.loss_last is None else f"{run.loss_last:.3f}"
        case _:
            return format_moment(datetime.fromtimestamp(run.created), datetime.now()) if run.created else "–"


class RunsTable(QTableView):
    """Every run, newest first.

    Signals:
        chosen(str): the person selected the run of that name, alone.
        picked(tuple): the names of all that are selected, by Ctrl or Shift, in the table's order.
        opened(str): the person double-clicked it, or pressed Enter.
    """

    chosen = Signal(str)
    picked = Signal(tuple)
    opened = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = RunsModel()
        self.rows.setParent(self)
        self.setModel(self.rows)
        self.setAccessibleName("Runs")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        for column, width in enumerate(WIDTHS):
            mode = QHeaderView.ResizeMode.Fixed if width else QHeaderView.ResizeMode.Stretch
            header.setSectionResizeMode(column, mode)
            if width:
                header.resizeSection(column, width)
        self.activated.connect(lambda index: self.opened.emit(self.rows.runs[index.row()].name))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where it is narrow the steps go, then the data, then the loss, for the card beside it tells them."""
        super().resizeEvent(event)
        self.setColumnHidden(COLUMNS.index("Steps"), self.viewport().width() < NARROW)
        self.setColumnHidden(COLUMNS.index("Data"), self.viewport().width() < NARROWER)
        self.setColumnHidden(COLUMNS.index("Final loss"), self.viewport().width() < NARROWEST)

    def show_runs(self, runs: tuple[RunSummary, ...], selected: str | None, picked: tuple[str, ...] = ()) -> None:
        """Show `runs`, with one selected, or with those that were picked."""
        self.rows.show_runs(runs)
        names = [run.name for run in runs]
        rows = [names.index(name) for name in picked if name in names]
        if len(rows) > 1:
            self._select(rows)
            return
        row = next((i for i, run in enumerate(runs) if run.name == selected), None)
        if row is None:
            self.clearSelection()
        elif self.currentIndex().row() != row or not self.selectionModel().hasSelection():
            self.setCurrentIndex(self.rows.index(row, 0))

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        """Say which run was selected, and which were picked together."""
        super().selectionChanged(selected, deselected)
        names = tuple(self.rows.runs[index.row()].name for index in sorted(self.selectionModel().selectedRows()))
        if len(names) == 1:
            self.chosen.emit(names[0])
        self.picked.emit(names if len(names) > 1 else ())

    def _select(self, rows: list[int]) -> None:
        """Select exactly `rows`, unless they are."""
        if sorted(rows) == sorted(index.row() for index in self.selectionModel().selectedRows()):
            return
        selection = QItemSelection()
        for row in rows:
            selection.select(self.rows.index(row, 0), self.rows.index(row, len(COLUMNS) - 1))
        self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
