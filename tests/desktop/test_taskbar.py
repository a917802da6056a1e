"""The taskbar's progress: the system's own way on each, and a taskbar that refuses breaks nothing."""

from __future__ import annotations

import logging
import sys

import pytest
from PySide6.QtWidgets import QMainWindow
from pytestqt.qtbot import QtBot

from desktop import taskbar
from desktop.windows_taskbar import NO_PROGRESS, NORMAL, WindowsTaskbar


class Buttons:
    """Stands for the system's ITaskbarList3, which only Windows has: notes what it is told, or refuses all of it."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.told: list[tuple[int, ...]] = []
        self._refuses = refuses

    def set_progress_value(self, window: int, done: int, total: int) -> None:
        self._hear(window, done, total)

    def set_progress_state(self, window: int, state: int) -> None:
        self._hear(window, state)

    def _hear(self, *words: int) -> None:
        self.told.append(words)
        if self._refuses:
            raise OSError("Element not found")


def test_the_button_fills_and_is_plain_again_when_the_run_has_ended() -> None:
    buttons = Buttons()
    shown = WindowsTaskbar(lambda: buttons)
    shown.show(7, 0.25)
    shown.show(7, None)
    assert buttons.told == [(7, NORMAL), (7, 250, 1000), (7, NO_PROGRESS)]


def test_a_taskbar_that_refuses_is_logged_once_and_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    buttons = Buttons(refuses=True)
    shown = WindowsTaskbar(lambda: buttons)
    with caplog.at_level(logging.WARNING, logger="tunesmith.window"):
        for share in (0.1, 0.2, None):
            shown.show(7, share)
    assert len(buttons.told) == 1
    assert [record.getMessage() for record in caplog.records] == ["The taskbar shows no progress: Element not found"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has what is missing here")
def test_without_com_it_is_logged_and_nothing_breaks(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="tunesmith.window"):
        WindowsTaskbar().show(7, 0.5)
    assert len(caplog.records) == 1


def test_each_system_has_its_own_way_and_an_unknown_one_none(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    buttons = Buttons()
    monkeypatch.setattr(taskbar, "_windows_taskbar", WindowsTaskbar(lambda: buttons))
    window = QMainWindow()
    qtbot.addWidget(window)
    monkeypatch.setattr(sys, "platform", "win32")
    taskbar.show_progress(0.5)
    assert buttons.told == [], "There is no window yet."
    window.show()
    for platform in ("win32", "linux", "darwin", "sunos5"):
        monkeypatch.setattr(sys, "platform", platform)
        taskbar.show_progress(0.5)
    assert [words[1:] for words in buttons.told] == [(NORMAL,), (500, 1000)], "Windows alone was told."
