"""The base class of every page: header with title, sentence and primary button, banner, progress line, body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.intents import DismissError, Intent
from desktop.state import AppState, Step
from desktop.style.metrics import SPACE
from desktop.widgets.body_area import BodyArea
from desktop.widgets.busy_line import BusyLine
from desktop.widgets.error_banner import ErrorBanner
from desktop.widgets.page_header import PageHeader


@dataclass(frozen=True)
class Primary:
    """The one button at the right of the header. A disabled one says in `why_not` what is missing."""

    text: str
    intent: Intent
    enabled: bool = True
    why_not: str = ""


class Page(QWidget):
    """One step of the flow.

    A subclass sets `step` and `title`, builds its widgets into `self.body` in `__init__`, and writes `sentence`,
    `primary` and `refresh`. It sends intents with `send`.

    Signals:
        intent(Intent): the person wants something.
    """

    intent = Signal(object)
    step: ClassVar[Step]
    title: ClassVar[str]

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._showing = False
        self._primary: Primary | None = None
        self._secondary: Primary | None = None
        self.setObjectName(f"page-{self.step}")
        self.setAccessibleName(f"{self.title} page")
        self.header = PageHeader(self.title)
        self.header.primary.clicked.connect(self.do_primary)
        self.header.secondary.clicked.connect(self._do_secondary)
        self.banner = ErrorBanner()
        self.banner.dismissed.connect(lambda: self.send(DismissError(self.step)))
        self.banner.action.connect(self.send)
        self.busy = BusyLine()
        area = BodyArea()
        self.body = area.rows
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE.xl, SPACE.l, SPACE.xl, SPACE.l)
        layout.setSpacing(SPACE.m)
        layout.addWidget(self.header)
        layout.addWidget(self.busy)
        layout.addWidget(self.banner)
        layout.addSpacing(SPACE.xs)
        layout.addWidget(area, 1)

    def sentence(self, state: AppState) -> str:
        """The state in one plain sentence, under the title."""
        raise NotImplementedError

    def primary(self, state: AppState) -> Primary | None:
        """The primary button now, or None for none."""
        raise NotImplementedError

    def secondary(self, state: AppState) -> Primary | None:
        """The button beside the primary one now; its `why_not` is its tooltip in any case."""
        return None

    def refresh(self, state: AppState) -> None:
        """Fill the body's widgets; called only while the page is in front."""
        raise NotImplementedError

    def prepare(self) -> None:
        """Called once while nobody waits: make what would take a while when it is first needed."""

    def escape(self, state: AppState) -> Intent | None:
        """What Esc stops in this page now."""
        return None

    def show_state(self, state: AppState) -> None:
        """Show `state`. Emits nothing: what widgets signal meanwhile is not the person's doing."""
        self._showing = True
        try:
            self._primary = self.primary(state)
            self.header.show_sentence(self.sentence(state))
            self.header.show_primary(self._primary)
            self._secondary = self.secondary(state)
            self.header.show_secondary(self._secondary)
            self.busy.show_progress(state.busy.get(self.step))
            self.banner.show_error(state.errors.get(self.step))
            self.refresh(state)
        finally:
            self._showing = False

    def send(self, intent: Intent) -> None:
        """Emit `intent`, unless a state is just being shown."""
        if not self._showing:
            self.intent.emit(intent)

    def _do_secondary(self) -> None:
        if self._secondary is not None:
            self.send(self._secondary.intent)

    def do_primary(self) -> None:
        """What the primary button does (also Ctrl-Enter)."""
        if self._primary is not None and self._primary.enabled:
            self.send(self._primary.intent)
