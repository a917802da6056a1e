"""Dropping a file or a folder onto a page: the place says what will happen, then tells which path it was."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from desktop.style import RADIUS
from desktop.style.text import font
from desktop.style.theme import theme


class DropTarget(QObject):
    """Makes `place` take dropped paths; while one hovers, an overlay says `words`.

    Signals:
        dropped(Path): the first of the dropped paths.
    """

    dropped = Signal(object)

    def __init__(self, place: QWidget, words: str, *, folders: bool) -> None:
        super().__init__(place)
        self._folders = folders
        self.overlay = _Overlay(place, words)
        place.setAcceptDrops(True)
        place.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take drags of the right kind; everything else goes its way."""
        if isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            self.overlay.hide()
            if (path := self._path(event)) is not None:
                event.acceptProposedAction()
                self.dropped.emit(path)
            return True
        if isinstance(event, QDragEnterEvent) and event.type() == QEvent.Type.DragEnter:
            if self._path(event) is not None:
                event.acceptProposedAction()
                self.overlay.cover()
            return True
        if event.type() == QEvent.Type.DragLeave:
            self.overlay.hide()
        return False

    def _path(self, event: QDropEvent) -> Path | None:
        urls = [url for url in event.mimeData().urls() if url.isLocalFile()]
        path = Path(urls[0].toLocalFile()) if urls else None
        return path if path is not None and path.is_dir() == self._folders else None


class _Overlay(QWidget):
    """A dashed frame with words over the whole place; never in the way of the pointer."""

    def __init__(self, place: QWidget, words: str) -> None:
        super().__init__(place)
        self._words = words
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def cover(self) -> None:
        self.setGeometry(self.parentWidget().rect())
        self.raise_()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Frame and words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(theme().colour("raised"))
        veil.setAlphaF(0.92)
        painter.setBrush(veil)
        painter.setPen(QPen(theme().colour("accent"), 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(self.rect().adjusted(2, 2, -2, -2), RADIUS, RADIUS)
        painter.setFont(font("heading"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._words)
        painter.end()
