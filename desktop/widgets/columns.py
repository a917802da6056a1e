"""Two columns of a page whose border can be dragged."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QWidget

from desktop.style import SPACE


class Columns(QSplitter):
    """`left` and `right`, side by side, sharing the width; neither can be dragged away."""

    def __init__(
        self, left: QWidget, right: QWidget, *, left_share: float = 0.5, parent: QWidget | None = None
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.addWidget(left)
        self.addWidget(right)
        self.setChildrenCollapsible(False)
        self.setHandleWidth(SPACE.xl)
        self.setStretchFactor(0, round(100 * left_share))
        self.setStretchFactor(1, round(100 * (1 - left_share)))
        self.setSizes([round(1000 * left_share), round(1000 * (1 - left_share))])
