"""The end of a run, told to somebody who looks elsewhere; and how far it is, on the taskbar."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from core.runs.summary import RunSummary
from desktop.controllers.controller import Controller
from desktop.icons import application_icon
from desktop.run_progress import ending_words, window_title
from desktop.state import AppState, Store
from desktop.taskbar import show_progress

SHOWN_MS = 10_000
TOLD = ("finished", "failed", "died")  # a stop was asked for: nobody needs to be told


class NoticeController(Controller):
    """Watches `state.active`. The tray's icon is there while a run is on, and as long as its end is told."""

    step = "train"

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(store, parent)
        self._tray: QSystemTrayIcon | None = None
        self._share: int | None = None
        self._waiting = ""
        self.is_watched: Callable[[], bool] = lambda: QApplication.activeWindow() is not None

    def stop(self) -> None:
        """The window closes; what closing means is said by the window itself."""
        self._put_away()
        self._show_share(None)

    def react(self, state: AppState, before: AppState) -> None:
        """Follow the run at work, and tell of its end once it is known how it ended."""
        if state.active is not before.active:
            was = before.active
            if was is not None and (state.active is None or state.active.name != was.name):
                self._waiting = was.name
            if state.active is not None:
                self._accompany(state)
            else:
                self._show_share(None)
        if self._waiting:
            ended = _known(state, self._waiting)
            if ended is not None and not ended.active:
                self._waiting = ""
                self.tell(ended)

    def tell(self, run: RunSummary) -> None:
        """Say how `run` ended, unless the person looks at the window, where it is said anyway."""
        if run.state not in TOLD or self.is_watched():
            self._put_away()
            return
        for window in QApplication.topLevelWidgets():
            if window.isWindow() and window.isVisible():
                QApplication.alert(window)
        tray = self._icon()
        if tray is not None:
            tray.showMessage(*ending_words(run), application_icon(), SHOWN_MS)

    def _accompany(self, state: AppState) -> None:
        assert state.active is not None
        if (tray := self._icon()) is not None:
            tray.setToolTip(window_title(state))
        self._show_share(round(100 * state.active.share))

    def _show_share(self, percent: int | None) -> None:
        if percent != self._share:
            self._share = percent
            show_progress(None if percent is None else percent / 100)

    def _icon(self) -> QSystemTrayIcon | None:
        """The tray's icon; None where the desktop has no tray."""
        if self._tray is None and QSystemTrayIcon.isSystemTrayAvailable():
            self._tray = QSystemTrayIcon(application_icon(), self)
            self._tray.activated.connect(lambda _: _come_to_front())
            self._tray.messageClicked.connect(_come_to_front)
            self._tray.show()
        return self._tray

    def _put_away(self) -> None:
        if self._tray is not None:
            self._tray.hide()
            self._tray.deleteLater()
            self._tray = None


def _known(state: AppState, name: str) -> RunSummary | None:
    """What is known of the run `name`, by the one who follows it or else by its folder."""
    if state.training is not None and state.training.name == name:
        return state.training.summary
    return next((run for run in state.runs if run.name == name), None)


def _come_to_front() -> None:
    for window in QApplication.topLevelWidgets():
        if window.isWindow() and window.isVisible():
            window.showNormal() if window.isMinimized() else window.raise_()
            window.activateWindow()
