"""The exchanges of a chat: each prompt, and under it both answers side by side, to be read against each other."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from core.events import Column
from desktop.chat_values import COLUMNS, Exchange
from desktop.style import SPACE
from desktop.style.text import label
from desktop.widgets.answer_view import AnswerView
from desktop.widgets.column_mark import HEADER_HEIGHT, ColumnHeader

NEAR_END = 48
"""Within so many pixels of the end, the view follows what is being said."""


class ExchangeView(QWidget):
    """One prompt and its two answers."""

    def __init__(self, exchange: Exchange, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: Exchange | None = None
        self.prompt = label(exchange.prompt, size="heading")
        self.prompt.setWordWrap(True)
        self.prompt.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.prompt.setAccessibleName(f"You asked: {exchange.prompt}")
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.prompt.setSizePolicy(policy)
        self.answers: dict[Column, AnswerView] = {column: AnswerView(column) for column in COLUMNS}
        pair = QHBoxLayout()
        pair.setSpacing(SPACE.l)
        for view in self.answers.values():
            pair.addWidget(view, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, SPACE.l)
        layout.setSpacing(SPACE.s)
        layout.addWidget(self.prompt)
        layout.addLayout(pair)
        self.show_exchange(exchange)

    def show_exchange(self, exchange: Exchange) -> None:
        """Show how far it is; the same one again costs nothing."""
        if exchange is not self._shown:
            self._shown = exchange
            for column, view in self.answers.items():
                view.show_answer(exchange.answer(column))


class _Inside(QWidget):
    """As high as its words need at this width; without this, Qt reserves what they would need in a narrow one."""

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)


class Conversation(QScrollArea):
    """All exchanges, the newest last, under headers that stay."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.views: dict[int, ExchangeView] = {}
        self._follow = True
        self._build_headers()
        inside = _Inside()
        self._list = QVBoxLayout(inside)
        self._list.setContentsMargins(0, SPACE.l, 0, 0)
        self._list.setSpacing(0)
        self._list.addStretch(1)
        self.setWidget(inside)
        self.hint = label(role="muted", size="heading", semibold=False)
        self.hint.setParent(self)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Conversation")
        self.verticalScrollBar().rangeChanged.connect(self._follow_end)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)

    def _build_headers(self) -> None:
        self._head = QWidget(self)
        row = QHBoxLayout(self._head)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE.l)
        self.headers: dict[Column, ColumnHeader] = {column: ColumnHeader(column) for column in COLUMNS}
        for header in self.headers.values():
            row.addWidget(header, 1)
        self.setViewportMargins(0, HEADER_HEIGHT, 0, 0)

    def show_names(self, base: str, tuned: str) -> None:
        """Name what answers in each column."""
        self.headers["base"].show_name(base)
        self.headers["tuned"].show_name(tuned)

    def show_hint(self, text: str) -> None:
        """Say what to do where nothing is said yet."""
        self.hint.setText(text)
        self.hint.setVisible(bool(text))

    def show_exchanges(self, exchanges: tuple[Exchange, ...]) -> None:
        """Show exactly these; only what differs is touched."""
        wanted = [exchange.request for exchange in exchanges]
        if list(self.views) != wanted[: len(self.views)]:
            self._remove_all()
        for exchange in exchanges:
            if view := self.views.get(exchange.request):
                view.show_exchange(exchange)
            else:
                self._follow = True
                view = self.views[exchange.request] = ExchangeView(exchange)
                self._list.insertWidget(self._list.count() - 1, view)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the headers exactly above the columns, whether there is a scroll bar or not."""
        super().resizeEvent(event)
        frame = self.viewport().geometry()
        self._head.setGeometry(frame.x(), frame.y() - HEADER_HEIGHT, frame.width(), HEADER_HEIGHT)
        self.hint.setGeometry(frame)

    def _remove_all(self) -> None:
        for view in self.views.values():
            self._list.removeWidget(view)
            view.hide()
            view.deleteLater()
        self.views.clear()

    def _follow_end(self, low: int, high: int) -> None:
        if self._follow:
            self.verticalScrollBar().setValue(high)

    def _on_scrolled(self, value: int) -> None:
        self._follow = value >= self.verticalScrollBar().maximum() - NEAR_END
