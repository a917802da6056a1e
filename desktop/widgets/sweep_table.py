"""The table of a sweep: one row a run, marked like its curve; what was dropped is grey."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from core.fit.words import format_bytes
from core.sweeps.standing import Row, Standing
from core.sweeps.words import share_word, value_word
from desktop.style import ROW
from desktop.style.text import font
from desktop.style.theme import theme
from desktop.widgets.durations import format_clock
from desktop.widgets.plots.curve_legend import pen

Index = QModelIndex | QPersistentModelIndex
LOOKS: tuple[tuple[str, str], ...] = (
    ("base", "solid"), ("tuned", "solid"), ("validation", "solid"), ("accent", "solid"),
    ("danger", "dash"), ("warning", "dot"), ("text", "dashdot"), ("muted", "dash"),
)  # fmt: skip
"""Colour and dash of each run, told apart by both; the twin has the look of the winner, dotted."""
MARK = QSize(22, 12)
MARK_RATIO = 2.0
WIDTHS = {"At the end": 92, "Time": 64, "Memory": 84, "Where it stands": 144}
LOSS_WIDTH = 72


def look_of(table: Standing, run: str) -> tuple[str, str]:
    """The colour and the dash of a run's curve."""
    names = [row.run for row in table.rows]
    if run in names:
        return LOOKS[names.index(run) % len(LOOKS)]
    return (look_of(table, table.winner)[0] if table.winner in names else "muted", "dot")


def rows_of(table: Standing) -> list[Row]:
    """The candidates, and the twin last."""
    return [*table.rows, *([table.twin] if table.twin is not None else [])]


def row_words(table: Standing, row: Row) -> str:
    """What tells a run apart in table and legend."""
    if table.twin is not None and row.run == table.twin.run:
        return f"{row.words}, seed {value_word(row.changes['seed'])}"
    return row.words


class SweepModel(QAbstractTableModel):
    """The rows."""

    def __init__(self) -> None:
        super().__init__()
        self.table: Standing | None = None
        self.rows: list[Row] = []

    def show_table(self, table: Standing | None) -> None:
        """Show `table`; while it has the same runs the selection stays."""
        if table == self.table:
            return
        rows = rows_of(table) if table is not None else []
        same = [row.run for row in rows] == [row.run for row in self.rows]
        same = same and self.table is not None and table is not None and table.rungs == self.table.rungs
        if same:
            self.table, self.rows = table, rows
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, self.columnCount() - 1))
            return
        self.beginResetModel()
        self.table, self.rows = table, rows
        self.endResetModel()

    @property
    def headings(self) -> list[str]:
        """The columns' words."""
        rungs = self.table.rungs if self.table is not None else []
        losses = [f"At {share_word(rung)}" for rung in rungs]
        return ["Run", *losses, "Time", "Memory", "Where it stands"]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """One row a run."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """As many as there are headings."""
        return 0 if parent.isValid() else len(self.headings)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The columns' words, with what they mean."""
        if orientation == Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(section)
        if role == Qt.ItemDataRole.ToolTipRole and self.headings[section].startswith("At "):
            return "The best validation loss up to this share of the run's own steps. Lower is better."
        return self.headings[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A cell's words, colour, weight, mark or alignment."""
        row, column = self.rows[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._cell(row, column)
            case Qt.ItemDataRole.ToolTipRole:
                return row.run if column == 0 else self._cell(row, column) or None
            case Qt.ItemDataRole.TextAlignmentRole:
                return self._alignment(column)
            case Qt.ItemDataRole.ForegroundRole if row.place in ("dropped", "failed"):
                return theme().colour("muted")
            case Qt.ItemDataRole.FontRole if row.place == "won":
                return font("body", semibold=True)
            case Qt.ItemDataRole.DecorationRole if column == 0 and self.table is not None:
                return _mark(*look_of(self.table, row.run))
            case _:
                return None

    def _alignment(self, column: int) -> Qt.AlignmentFlag:
        is_words = column in (0, self.columnCount() - 1)
        return (Qt.AlignmentFlag.AlignLeft if is_words else Qt.AlignmentFlag.AlignRight) | Qt.AlignmentFlag.AlignVCenter

    def _cell(self, row: Row, column: int) -> str:
        assert self.table is not None
        heading = self.headings[column]
        if heading == "Run":
            return row_words(self.table, row)
        if heading == "Time":
            return format_clock(row.seconds) if row.seconds else ""
        if heading == "Memory":
            return format_bytes(row.peak_memory_bytes) if row.peak_memory_bytes else ""
        if heading == "Where it stands":
            is_twin = self.table.twin is not None and row.run == self.table.twin.run
            return "the winner again" if is_twin and row.place == "second" else row.note
        place = column - 1
        return f"{row.losses[place]:.3f}" if place < len(row.losses) else ""


class SweepTable(QTableView):
    """Every run of a sweep.

    Signals:
        opened(str): a row was double-clicked, or Enter pressed on it: the run's name.
    """

    opened = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = SweepModel()
        self.rows.setParent(self)
        self.setModel(self.rows)
        self.setAccessibleName("Runs of the sweep")
        self.setIconSize(MARK)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionsClickable(False)
        self.activated.connect(lambda index: self.opened.emit(self.rows.rows[index.row()].run))
        theme().changed.connect(self.viewport().update)

    def show_table(self, table: Standing | None) -> None:
        """Show `table`, all of its rows in view."""
        columns = self.rows.columnCount()
        self.rows.show_table(table)
        if self.rows.columnCount() != columns or not columns:
            self._size_columns()
        height = (
            self.horizontalHeader().sizeHint().height() + ROW * max(1, self.rows.rowCount()) + 2 * self.frameWidth()
        )
        self.setFixedHeight(height + 2)

    def _size_columns(self) -> None:
        header = self.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, heading in enumerate(self.rows.headings[1:], start=1):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, WIDTHS.get(heading, LOSS_WIDTH))


def _mark(role: str, dash: str) -> QPixmap:
    """A piece of the run's curve."""
    made = QPixmap(MARK * MARK_RATIO)
    made.setDevicePixelRatio(MARK_RATIO)
    made.fill(QColor(Qt.GlobalColor.transparent))
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(pen(role, dash, 2.0 * MARK_RATIO))  # a cosmetic pen is as wide as it says in the pixmap's own pixels
    painter.drawLine(QPointF(0, MARK.height() / 2), QPointF(MARK.width(), MARK.height() / 2))
    painter.end()
    return made
