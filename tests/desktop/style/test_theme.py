"""Light and dark follow the system while the window is open."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.icons import icon
from desktop.style.colours import DARK, LIGHT
from desktop.style.theme import theme
from desktop.widgets import buttons


def test_a_button_and_its_icon_change_with_the_theme(qapp: QApplication, qtbot: QtBot) -> None:
    button = buttons.secondary("Look again", icon="refresh")
    qtbot.addWidget(button)
    with qtbot.waitExposed(button):
        button.show()
    light = button.grab().toImage()
    with qtbot.waitSignal(theme().changed):
        theme().wear(qapp, dark=True)
    dark = button.grab().toImage()
    centre = button.rect().center()
    edge = (4, centre.y())
    assert light.pixelColor(*edge).name() == LIGHT.raised
    assert dark.pixelColor(*edge).name() == DARK.raised
    assert icon("refresh").pixmap(16, 16).toImage() != icon("refresh", "danger").pixmap(16, 16).toImage()


def test_the_palette_is_the_theme(qapp: QApplication) -> None:
    theme().wear(qapp, dark=True)
    assert theme().is_dark
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == DARK.background
    theme().wear(qapp, dark=False)
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == LIGHT.background


def test_the_systems_choice_is_followed_live(qapp: QApplication) -> None:
    theme().dress(qapp)
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert theme().is_dark
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert not theme().is_dark
