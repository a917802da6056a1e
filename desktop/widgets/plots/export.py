"""A widget as a picture or as a drawing, in the colours of now."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from desktop.style.theme import theme

SCALE = 2
"""Pixels of a picture for each of the screen's, so that it can be printed."""


def as_png(widget: QWidget) -> bytes:
    """`widget` as it is, as a PNG with twice its pixels."""
    picture = QImage(widget.size() * SCALE, QImage.Format.Format_RGB32)
    picture.setDevicePixelRatio(SCALE)
    picture.fill(QColor(theme().colours.background))
    painter = QPainter(picture)
    widget.render(painter, QPoint())
    painter.end()
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")
    return bytes(content.data())


def as_svg(widget: QWidget) -> bytes:
    """`widget` as it is, as an SVG: lines and words, no pixels."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    drawing = QSvgGenerator()
    drawing.setOutputDevice(buffer)
    drawing.setSize(widget.size())
    drawing.setViewBox(widget.rect())
    drawing.setTitle(widget.accessibleName())
    painter = QPainter(drawing)
    painter.fillRect(widget.rect(), QColor(theme().colours.background))
    widget.render(painter, QPoint())
    painter.end()
    return bytes(content.data())
