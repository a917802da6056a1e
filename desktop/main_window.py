"""The one window: rail, page in front, status line; shortcuts; what closing means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QPaintEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from desktop.dispatch import Dispatcher
from desktop.intents import GoTo
from desktop.pages import PAGES, page_class
from desktop.run_progress import window_title
from desktop.state import STEPS, AppState, Step, Store
from desktop.style import SPACE
from desktop.style.text import label
from desktop.widgets.rail import Rail
from desktop.widgets.status_line import StatusLine

if TYPE_CHECKING:
    from desktop.pages.page import Page

FIRST_SIZE = (1280, 800)
SMALLEST_SIZE = (1100, 700)


class MainWindow(QMainWindow):
    """Shows the store's state and passes the person's intents on.

    The first paint shows the frame alone, with the name of the page; the page is imported and made right after it.

    Signals:
        painted(): the first paint is done.
        opened(): the page is in front.
        closing(): the window closes.
    """

    painted = Signal()
    opened = Signal()
    closing = Signal()

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.store = store
        self.dispatcher = Dispatcher(store, self)
        self._pages: dict[Step, Page] = {}
        self._was_painted = False
        self.setMinimumSize(*SMALLEST_SIZE)
        self.resize(*FIRST_SIZE)
        self.rail = Rail()
        self.stack = QStackedWidget()
        self.stack.addWidget(_skeleton(store.state.step))
        self.status = StatusLine()
        self._lay_out()
        self._add_shortcuts()
        self.rail.chosen.connect(lambda step: self.dispatcher.dispatch(GoTo(step)))
        self.status.job_clicked.connect(lambda: self.dispatcher.dispatch(GoTo("train")))
        self._show_frame(store.state)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addWidget(self.stack, 1)
        body = QWidget()
        body.setObjectName("window")
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(row, 1)
        layout.addWidget(self.status)
        self.setCentralWidget(body)

    def _add_shortcuts(self) -> None:
        for number, entry in enumerate(PAGES, start=1):
            keys = QShortcut(QKeySequence(f"Ctrl+{number}"), self)
            keys.activated.connect(lambda step=entry.step: self.dispatcher.dispatch(GoTo(step)))
        for name in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(name), self).activated.connect(lambda: self.current_page().do_primary())
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self).activated.connect(self._escape)

    def page(self, step: Step) -> Page:
        """The page of `step`, made when first asked for."""
        if step not in self._pages:
            made = page_class(PAGES[STEPS.index(step)])()
            made.intent.connect(self.dispatcher.dispatch)
            self.stack.addWidget(made)
            self._pages[step] = made
        return self._pages[step]

    def current_page(self) -> Page:
        """The page in front."""
        return self.page(self.store.state.step)

    def show_state(self, state: AppState) -> None:
        """Show `state` in rail, status line and the page in front."""
        page = self.page(state.step)
        page.show_state(state)
        self._show_frame(state)
        if self.stack.currentWidget() is not page:
            self.stack.setCurrentWidget(page)

    def _show_frame(self, state: AppState) -> None:
        self.rail.show_state(state)
        self.status.show_state(state)
        if self.windowTitle() != (title := window_title(state)):
            self.setWindowTitle(title)

    def _open(self) -> None:
        self.painted.emit()
        self.show_state(self.store.state)
        self.store.changed.connect(self._on_changed)
        self.opened.emit()

    def make_other_pages(self) -> None:
        """Make one page that is not there yet, and the next when there is time, so that going to one is quick."""
        missing = next((step for step in STEPS if step not in self._pages), None)
        if missing is not None:
            self.page(missing)
            QTimer.singleShot(0, self, self.make_other_pages)
        else:
            for page in self._pages.values():
                page.prepare()

    def restore_place(self, geometry: str) -> None:
        """Stand where the window stood, with the focus nowhere until Tab is pressed."""
        if geometry:
            self.restoreGeometry(QByteArray.fromBase64(geometry.encode()))
        self.setFocus()

    def place(self) -> str:
        """Where the window stands, for `restore_place`."""
        return bytes(self.saveGeometry().toBase64().data()).decode()

    def _on_changed(self, state: AppState, before: AppState) -> None:
        self.show_state(state)

    def _escape(self) -> None:
        intent = self.current_page().escape(self.store.state)
        if intent is not None:
            self.dispatcher.dispatch(intent)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The first one opens the page."""
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self, self._open)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Asks nothing and stops no run."""
        self.closing.emit()
        self.dispatcher.stop()
        super().closeEvent(event)


def _skeleton(step: Step) -> QWidget:
    """What stands in a page's place until it is made: its title, where the title will be."""
    made = QWidget()
    layout = QVBoxLayout(made)
    layout.setContentsMargins(SPACE.xl, SPACE.l, SPACE.xl, SPACE.l)
    layout.addWidget(label(PAGES[STEPS.index(step)].title, size="title"), 0, Qt.AlignmentFlag.AlignTop)
    return made
