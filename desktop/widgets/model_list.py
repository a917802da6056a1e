"""The list of models: sections, and on every row its size and, as a word, whether it fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from core.fit.values import Verdict
from desktop.icons import paint_icon
from desktop.style import ROW, SPACE
from desktop.style.text import font
from desktop.style.theme import theme

SECTION_HEIGHT = 30
FIT_WIDTH = 104
SIZE_WIDTH = 56
ICON = 14
ITEM = Qt.ItemDataRole.UserRole
FIT: dict[Verdict, tuple[str, str, str]] = {
    "fits": ("fits", "tick", "ok"),
    "tight": ("tight", "warning", "warning"),
    "does_not_fit": ("does not fit", "close", "danger"),
}

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class ListRow:
    """One row; without a `key` it is a section's heading. `key` comes back when the row is chosen."""

    key: str
    title: str
    size: str = ""
    verdict: Verdict | None = None
    is_action: bool = False

    @property
    def words(self) -> str:
        """The row as a screen reader says it."""
        fit = FIT[self.verdict][0] if self.verdict else ""
        return ", ".join(part for part in (self.title, self.size, fit) if part)


class _Rows(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[ListRow] = []

    def show_rows(self, rows: Sequence[ListRow]) -> None:
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role == ITEM:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return row.title
        return row.words if role == Qt.ItemDataRole.AccessibleTextRole else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not self.rows[index.row()].key:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class _Delegate(QStyledItemDelegate):
    def __init__(self, parent: QWidget, fit_width: int) -> None:
        super().__init__(parent)
        self._fit_width = fit_width

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, ROW if index.data(ITEM).key else SECTION_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: ListRow = index.data(ITEM)
        area = QRectF(option.rect)
        painter.save()
        if row.key:
            self._paint_row(painter, option, area, row)
        else:
            painter.setFont(font("small", semibold=True))
            painter.setPen(theme().colour("muted"))
            painter.drawText(area.adjusted(SPACE.m, 0, -SPACE.s, -SPACE.xs), Qt.AlignmentFlag.AlignBottom, row.title)
        painter.restore()

    def _paint_row(self, painter: QPainter, option: QStyleOptionViewItem, area: QRectF, row: ListRow) -> None:
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if selected or hovered:
            painter.fillRect(area, theme().colour("selected" if selected else "hover"))
        if selected:
            painter.fillRect(QRectF(area.left(), area.top(), 3, area.height()), theme().colour("accent"))
        painter.setFont(font("body", semibold=selected))
        painter.setPen(theme().colour("accent" if row.is_action else "text"))
        beside = SPACE.s if row.is_action else self._fit_width + SIZE_WIDTH + SPACE.s
        title = area.adjusted(SPACE.m, 0, -beside, 0)
        metrics = painter.fontMetrics()
        shown = metrics.elidedText(row.title, Qt.TextElideMode.ElideRight, int(title.width()))
        painter.drawText(title, Qt.AlignmentFlag.AlignVCenter, shown)
        painter.setFont(font("body"))
        painter.setPen(theme().colour("muted"))
        size = QRectF(area.right() - self._fit_width - SIZE_WIDTH - SPACE.s, area.top(), SIZE_WIDTH, area.height())
        painter.drawText(size, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, row.size)
        if row.verdict is not None:
            self._paint_fit(painter, area, row.verdict)

    def _paint_fit(self, painter: QPainter, area: QRectF, verdict: Verdict) -> None:
        word, icon, role = FIT[verdict]
        left = area.right() - FIT_WIDTH + SPACE.xs
        paint_icon(painter, icon, QRectF(left, area.center().y() - ICON / 2, ICON, ICON), role)
        painter.setPen(theme().colour(role))
        words = QRectF(left + ICON + SPACE.xs, area.top(), FIT_WIDTH, area.height())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, word)


class ModelList(QListView):
    """Arrows move, Enter or a click chooses.

    Args:
        name: what a screen reader calls the list. with_fit: rows have a verdict, and so a column for it.

    Signals:
        chosen(str): the key of a row.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None, *, name: str = "Models", with_fit: bool = True) -> None:
        super().__init__(parent)
        self._rows = _Rows(self)
        self.setModel(self._rows)
        self.setItemDelegate(_Delegate(self, FIT_WIDTH if with_fit else 0))
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName(name)
        self.clicked.connect(lambda index: self._choose(index))
        theme().changed.connect(self.viewport().update)

    def show_rows(self, rows: Sequence[ListRow]) -> None:
        """Show exactly these rows; the current one stays current if it is still there."""
        if list(rows) == self._rows.rows:
            return
        current, place = self.current_key(), self.verticalScrollBar().value()
        self._rows.show_rows(rows)
        self.set_current(current)
        self.verticalScrollBar().setValue(place)

    def rows(self) -> list[ListRow]:
        """What is shown."""
        return list(self._rows.rows)

    def current_key(self) -> str:
        """The key of the current row, or ""."""
        index = self.currentIndex()
        return index.data(ITEM).key if index.isValid() else ""

    def set_current(self, key: str) -> None:
        """Make the row with `key` current; it is not chosen by that."""
        number = next((n for n, row in enumerate(self._rows.rows) if key and row.key == key), -1)
        if number >= 0:
            self.setCurrentIndex(self._rows.index(number))
        else:
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())

    def choose_first(self) -> None:
        """Choose the first row that can be."""
        first = next((row.key for row in self._rows.rows if row.key), "")
        if first:
            self.set_current(first)
            self.chosen.emit(first)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter chooses the current row; Down from nowhere goes to the first."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self._choose(self.currentIndex())
            return
        super().keyPressEvent(event)

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid() and index.data(ITEM).key:
            self.chosen.emit(index.data(ITEM).key)
