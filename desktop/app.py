"""Start-up: the application, its log, what happens to unexpected exceptions and to Qt's own messages."""

from __future__ import annotations

import argparse
import logging
import logging.handlers
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QObject, QThreadPool, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from core import paths
from core.errors import TunesmithError
from desktop.bug_report import report_bug
from desktop.closing_notice import ClosingNotice, closing_words
from desktop.controllers import controller_classes
from desktop.icons import application_icon
from desktop.intents import ChooseModelFolder
from desktop.main_window import MainWindow
from desktop.preferences import Preferences, load_preferences, preferences_of, save_preferences
from desktop.state import Store
from desktop.style.theme import theme

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
        self._notice: ClosingNotice | None = None
        self.store = Store(self._preferences.first_state())
        self.window = MainWindow(self.store)
        self.window.painted.connect(self._after_first_paint)
        self.window.closing.connect(self._on_closing)

    def open(self) -> None:
        """Show the window where it stood."""
        self.window.restore_place(self._preferences.geometry)
        self.window.show()

    def _after_first_paint(self) -> None:
        _start_log()
        self.window.dispatcher.start(controller_classes())
        model = self._preferences.model
        if model is not None and model.source == "folder":
            self.window.dispatcher.dispatch(ChooseModelFolder(Path(model.path)))
        self.window.make_other_pages()

    def _on_closing(self) -> None:
        try:
            save_preferences(preferences_of(self.store.state, self.window.place()))
        except TunesmithError as error:
            log.warning("The window's place is not remembered: %s", error)
        active = self.store.state.active
        if active is None:
            self._app.quit()
            return
        print(". ".join(closing_words(active)), file=sys.stderr)  # noqa: T201 - for whoever started it in a terminal
        self._notice = ClosingNotice(active)
        self._notice.gone.connect(self._app.quit)
        self._notice.appear()


def _start_log() -> None:
    try:
        folder = paths.ensure_dir(paths.log_dir())
    except TunesmithError as error:
        log.warning("The window keeps no log: %s", error)
        return
    handler = logging.handlers.RotatingFileHandler(
        folder / "window.log", maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8"
    )
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
