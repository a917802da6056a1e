"""How many parameters each group of a model has: name, bar, count and share, one line each."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from desktop.style import SPACE
from desktop.style.theme import theme
from desktop.widgets.fit_bar_paint import hatch

LINE = 22
BAR = 8
NAME_WIDTH = 104
NUMBER_WIDTH = 64
SHARE_WIDTH = 64


class GroupLine(NamedTuple):
    """One group: its name, its count as words, its share from 0 to 1, what it is, and whether adapters train it."""

    title: str
    count: str
    share: float
    tip: str
    trained: bool = True

    @property
    def words(self) -> str:
        """The line as a screen reader says it."""
        return f"{self.title} {self.count}{'' if self.trained else ', not trained'}"


class GroupBars(QWidget):
    """As many lines as there are groups."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: list[GroupLine] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Parameters by group")

    def show_lines(self, lines: list[GroupLine]) -> None:
        """Show exactly these."""
        if lines != self.lines:
            self.lines = lines
            self.setAccessibleDescription("; ".join(line.words for line in lines))
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """A line each."""
        return QSize(NAME_WIDTH + NUMBER_WIDTH + SHARE_WIDTH + 80, LINE * len(self.lines))

    def minimumSizeHint(self) -> QSize:
        """No less."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Every line."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, line in enumerate(self.lines):
            self._paint_line(painter, line, QRectF(0, LINE * number, self.width(), LINE))
        painter.end()

    def _paint_line(self, painter: QPainter, line: GroupLine, rect: QRectF) -> None:
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(theme().colour("muted"))
        painter.drawText(QRectF(rect.left(), rect.top(), NAME_WIDTH, LINE), middle, line.title)
        room = rect.width() - NAME_WIDTH - NUMBER_WIDTH - SHARE_WIDTH - SPACE.s
        track = QRectF(rect.left() + NAME_WIDTH, rect.center().y() - BAR / 2, max(0.0, room), BAR)
        painter.fillRect(track, theme().colour("line"))
        track.setWidth(max(1.5, track.width() * line.share))
        if line.trained:
            painter.fillRect(track, theme().colour("accent"))
        else:
            hatch(painter, track, theme().colour("held"))
        painter.setPen(theme().colour("text"))
        right = middle | Qt.AlignmentFlag.AlignRight
        count = QRectF(rect.right() - NUMBER_WIDTH - SHARE_WIDTH, rect.top(), NUMBER_WIDTH, LINE)
        painter.drawText(count, right, line.count)
        painter.setPen(theme().colour("muted"))
        share = QRectF(rect.right() - SHARE_WIDTH, rect.top(), SHARE_WIDTH, LINE)
        painter.drawText(share, right, "< 0.1 %" if line.share < 0.001 else f"{100 * line.share:.1f} %")

    def event(self, event: QEvent) -> bool:
        """Hovering explains the group."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            number = event.pos().y() // LINE
            if 0 <= number < len(self.lines):
                QToolTip.showText(event.globalPos(), self.lines[number].tip)
            return True
        return super().event(event)
