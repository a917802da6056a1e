"""ZoomBox: what wheel, drag and double click mean in a plot. Both directions of a zoom follow from the one along."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtWidgets import QGraphicsSceneMouseEvent, QGraphicsSceneWheelEvent

NOTCH = 120
IN = 0.8
"""What is left of the range after one notch of the wheel."""
LEAST_DRAG = 4.0
"""A shorter drag, in pixels, is a click with an unsteady hand."""


class ZoomBox(pg.ViewBox):
    """The area of a plot.

    Attributes:
        is_fixed: nothing is zoomed, and the wheel scrolls the page.

    Signals:
        wanted(float, float): the person wants to see this range.
        everything(): the person wants to see all of it again.
    """

    wanted = Signal(float, float)
    everything = Signal()

    is_fixed = False

    def zoom(self, share: float, about: float | None = None) -> None:
        """Ask for `share` of the range, with `about` (or its middle) staying where it is."""
        left, right = self.viewRange()[0]
        centre = (left + right) / 2 if about is None else about
        self.wanted.emit(centre - (centre - left) * share, centre + (right - centre) * share)

    def move_by(self, share: float) -> None:
        """Ask for the range beside this one, `share` of its width to the right."""
        left, right = self.viewRange()[0]
        by = (right - left) * share
        self.wanted.emit(left + by, right + by)

    def wheelEvent(self, event: QGraphicsSceneWheelEvent, axis: int | None = None) -> None:
        """Zoom about the pointer."""
        if self.is_fixed:
            event.ignore()
            return
        self.zoom(IN ** (event.delta() / NOTCH), self.mapSceneToView(event.scenePos()).x())
        event.accept()

    def mouseDragEvent(self, event: pg.GraphicsScene.mouseEvents.MouseDragEvent, axis: int | None = None) -> None:
        """Drag over a range to see it; with Shift or the middle button, drag the curves along."""
        event.accept()
        if self.is_fixed:
            return
        moves = event.button() == Qt.MouseButton.MiddleButton or event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if moves:
            self._drag_along(event)
        elif event.button() == Qt.MouseButton.LeftButton:
            self._drag_over(event)

    def mouseDoubleClickEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        """All of it again."""
        self.everything.emit()
        event.accept()

    def _drag_along(self, event: pg.GraphicsScene.mouseEvents.MouseDragEvent) -> None:
        width = self.boundingRect().width()
        if width:
            self.move_by((event.lastPos().x() - event.pos().x()) / width)

    def _drag_over(self, event: pg.GraphicsScene.mouseEvents.MouseDragEvent) -> None:
        area = self.boundingRect()
        ends = sorted(min(max(at.x(), area.left()), area.right()) for at in (event.buttonDownPos(), event.pos()))
        if not event.isFinish():
            self.updateScaleBox(QPointF(ends[0], area.top()), QPointF(ends[1], area.bottom()))
            return
        self.rbScaleBox.hide()
        if ends[1] - ends[0] >= LEAST_DRAG:
            left, right = (self.mapToView(QPointF(end, area.top())).x() for end in ends)
            self.wanted.emit(left, right)
