"""Start-up: the application, its log, what happens to unexpected exceptions and to Qt's own messages."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QMessageLogContext, QObject, QThreadPool, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication, QWidget

from core import paths
from core.errors import TunesmithError
from desktop.background import run_in_background
from desktop.bug_report import report_bug
from desktop.controllers import controller_classes
from desktop.icons import application_icon
from desktop.intents import ChooseModelFolder
from desktop.main_window import MainWindow
from desktop.pages import PAGES, page_class
from desktop.preferences import Preferences, load_preferences, preferences_of, save_preferences
from desktop.state import Store
from desktop.style.theme import theme

if TYPE_CHECKING:
    from desktop.controllers.controller import Controller

log = logging.getLogger("tunesmith.window")
qt_log = logging.getLogger("tunesmith.qt")

LOG_BYTES = 1 << 20
THREADS_END_MS = 2000

_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the window and stay until it is closed; returns the exit code."""
    parser = argparse.ArgumentParser(prog="tunesmith-desktop", description="Tunesmith's window.")
    parser.add_argument("--home", type=Path, help="keep everything below this folder")
    options = parser.parse_args(arguments)
    if options.home is not None:
        paths.set_home(options.home)
    qInstallMessageHandler(_on_qt_message)
    sys.excepthook = _on_exception
    threading.excepthook = _on_thread_exception
    app = QApplication([sys.argv[0]])
    session = Session(app)
    signal.signal(signal.SIGINT, lambda *_: session.window.close())
    session.open()
    code = app.exec()
    QThreadPool.globalInstance().waitForDone(THREADS_END_MS)
    return code


class Session(QObject):
    """One window from opening to closing.

    Attributes:
        store, window: the state's owner and what shows it.
    """

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        app.setApplicationName("Tunesmith")
        app.setDesktopFileName("tunesmith")
        app.setQuitOnLastWindowClosed(False)
        theme().dress(app)
        app.setWindowIcon(application_icon())
        self._app = app
        self._preferences: Preferences = load_preferences()
        self._notice: QWidget | None = None
        self.store = Store(self._preferences.first_state())
        self.window = MainWindow(self.store)
        self.window.opened.connect(self._after_opening)
        self.window.closing.connect(self._on_closing)

    def open(self) -> None:
        """Show the window where it stood."""
        self.window.restore_place(self._preferences.geometry)
        self.window.show()

    def _after_opening(self) -> None:
        _start_log()
        run_in_background(self, controller_classes, self._start_controllers, report_bug)

    def _start_controllers(self, classes: list[type[Controller]]) -> None:
        """Everything is imported in a thread, so that the window answers meanwhile."""
        self.window.dispatcher.start(classes)
        folder = self._preferences.model_folder
        if folder and Path(folder).is_dir():
            self.window.dispatcher.dispatch(ChooseModelFolder(Path(folder)))
        run_in_background(
            self, lambda: [page_class(entry) for entry in PAGES], lambda _: self.window.make_other_pages(), report_bug
        )

    def _on_closing(self) -> None:
        try:
            save_preferences(preferences_of(self.store.state, self.window.place()))
        except TunesmithError as error:
            log.warning("The window's place is not remembered: %s", error)
        active = self.store.state.active
        if active is None:
            self._app.quit()
            return
        from desktop.closing_notice import ClosingNotice, closing_words

        print(". ".join(closing_words(active)), file=sys.stderr)  # noqa: T201 - for whoever started it in a terminal
        notice = ClosingNotice(active)
        notice.gone.connect(self._app.quit)
        notice.appear()
        self._notice = notice


def _start_log() -> None:
    from logging.handlers import RotatingFileHandler

    try:
        folder = paths.ensure_dir(paths.log_dir())
    except TunesmithError as error:
        log.warning("The window keeps no log: %s", error)
        return
    handler = RotatingFileHandler(folder / "window.log", maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger("tunesmith")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)


def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    qt_log.log(_LEVELS.get(kind, logging.WARNING), message)


def _on_exception(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        QApplication.quit()
    else:
        report_bug(error)


def _on_thread_exception(given: threading.ExceptHookArgs) -> None:
    if given.exc_value is not None:
        log.error("An exception ended the thread %s.", given.thread, exc_info=given.exc_value)
