"""An error for the person, in the page where it belongs: what, why, what to do, and the details to copy."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from core.errors import TunesmithError
from desktop.error_actions import action_for
from desktop.style import SPACE
from desktop.style.text import label
from desktop.widgets import buttons
from desktop.widgets.icon_label import IconLabel


class ErrorBanner(QFrame):
    """Hidden while all is well.

    Signals:
        action(Intent): the offered way out was taken.
        dismissed(): the banner was closed.
    """

    action = Signal(object)
    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self.error: TunesmithError | None = None
        self._what = label(semibold=True)
        self._why = label()
        self._where = label(size="small", role="muted")
        for part in (self._what, self._why, self._where):
            part.setWordWrap(True)
            part.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
            part.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._do = buttons.secondary("")
        self._do.clicked.connect(self._act)
        self._copy = buttons.quiet("Copy details", icon="copy")
        self._copy.clicked.connect(self._copy_details)
        self._close = buttons.quiet("", icon="close", tip="Close this message")
        self._close.clicked.connect(self.dismissed)
        self._lay_out()
        self.hide()

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(SPACE.xs)
        for part in (self._what, self._why, self._where):
            words.addWidget(part)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE.m, SPACE.m, SPACE.s, SPACE.m)
        layout.setSpacing(SPACE.m)
        layout.addWidget(IconLabel("danger", role="danger", side=20), 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words, 1)
        for button in (self._do, self._copy, self._close):
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)

    def show_error(self, error: TunesmithError | None) -> None:
        """Show `error`, or nothing."""
        if error is self.error:
            return
        self.error = error
        self.setVisible(error is not None)
        if error is None:
            return
        self._what.setText(error.what)
        self._why.setText(f"{error.why} {error.remedy}")
        self._where.setText(error.where)
        self._where.setVisible(bool(error.where))
        offered = action_for(error.code)
        self._do.setVisible(offered is not None)
        if offered is not None:
            self._do.setText(offered.text)
            self._do.setAccessibleName(offered.text)
        self.setAccessibleName(f"Error: {error}")

    def _act(self) -> None:
        offered = action_for(self.error.code) if self.error is not None else None
        if offered is not None:
            self.action.emit(offered.intent)

    def _copy_details(self) -> None:
        if self.error is not None:
            fields = self.error.fields()
            QGuiApplication.clipboard().setText("\n".join(f"{name}: {value}" for name, value in fields.items()))
