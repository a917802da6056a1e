"""Icons: SVG files of one stroke colour in resources/icons, coloured by meaning when they are painted."""

from __future__ import annotations

import functools
import importlib.resources
import tempfile
from pathlib import Path

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from desktop.style.theme import theme


@functools.cache
def svg(name: str) -> str:
    """The text of an icon's file. It draws with `currentColor`."""
    return importlib.resources.files("resources").joinpath("icons", f"{name}.svg").read_text(encoding="utf-8")


@functools.lru_cache(maxsize=512)
def _renderer(name: str, colour: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(svg(name).replace("currentColor", colour).encode()))


def paint_icon(painter: QPainter, name: str, rect: QRectF, role: str = "text") -> None:
    """Paint an icon into `rect` in the theme's colour for `role`."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _renderer(name, theme().colour(role).name()).render(painter, rect)
    painter.restore()


class _Engine(QIconEngine):
    """Paints in the colour of now, so that icons follow the theme without being told."""

    def __init__(self, name: str, role: str) -> None:
        super().__init__()
        self._name = name
        self._role = role

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Paint into the left of `rect`, so that a wider one leaves a gap before words; a disabled icon is muted."""
        side = min(rect.width(), rect.height())
        square = QRectF(rect.left(), rect.top() + (rect.height() - side) / 2, side, side)
        paint_icon(painter, self._name, square, "muted" if mode == QIcon.Mode.Disabled else self._role)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """The icon in device pixels."""
        made = QPixmap(size)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return made

    def clone(self) -> QIconEngine:
        """Another of the same."""
        return _Engine(self._name, self._role)


def icon(name: str, role: str = "text") -> QIcon:
    """An icon for buttons and lists."""
    return QIcon(_Engine(name, role))


def application_icon() -> QIcon:
    """The icon of the window, in its own colours."""
    made = QIcon()
    renderer = QSvgRenderer(QByteArray(svg("tunesmith").encode()))
    for side in (16, 24, 32, 48, 64, 128, 256):
        pixmap = QPixmap(side, side)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter)
        painter.end()
        made.addPixmap(pixmap)
    return made


@functools.cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="tunesmith-icons-")


@functools.cache
def file_in_colour(name: str, colour: str) -> str:
    """The path of an icon in `colour`, for the style sheet, which can only name files.

    Removed when the process ends.
    """
    path = Path(_folder().name) / f"{name}-{colour.lstrip('#')}.svg"
    path.write_text(svg(name).replace("currentColor", colour), encoding="utf-8")
    return path.as_posix()
