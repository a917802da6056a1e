"""Every setting gets a control that shows, changes and explains it."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QSpinBox
from pytestqt.qtbot import QtBot

from core.settings import SETTINGS
from desktop.widgets.setting_control import SettingControl


def control(qtbot: QtBot, key: str) -> tuple[SettingControl, list[tuple[str, Any]]]:
    made = SettingControl(SETTINGS[key])
    qtbot.addWidget(made)
    heard: list[tuple[str, Any]] = []
    made.changed.connect(lambda name, value: heard.append((name, value)))
    made.show()
    return made, heard


@pytest.mark.parametrize("key", SETTINGS)
def test_showing_a_value_says_nothing_and_the_tooltip_explains(qtbot: QtBot, key: str) -> None:
    made, heard = control(qtbot, key)
    made.show_value(SETTINGS[key].default)
    assert made.value() == SETTINGS[key].default
    assert heard == []
    assert SETTINGS[key].title in made.toolTip()
    assert "Memory:" in made.toolTip()
    assert made.editor.accessibleName().startswith(SETTINGS[key].title)


def test_a_whole_number_is_typed(qtbot: QtBot) -> None:
    made, heard = control(qtbot, "lora_rank")
    made.show_value(16)
    assert isinstance(made.editor, QSpinBox)
    made.editor.selectAll()
    qtbot.keyClicks(made.editor, "64")
    qtbot.keyClick(made.editor, Qt.Key.Key_Return)
    assert heard == [("lora_rank", 64)]


def test_a_small_number_is_typed_as_people_write_it(qtbot: QtBot) -> None:
    made, heard = control(qtbot, "learning_rate")
    made.show_value(2e-4)
    assert isinstance(made.editor, QLineEdit)
    assert made.editor.text() == "0.0002"
    made.editor.selectAll()
    qtbot.keyClicks(made.editor, "5e-5")
    qtbot.keyClick(made.editor, Qt.Key.Key_Return)
    assert heard == [("learning_rate", 5e-5)]


def test_a_choice_and_a_switch(qtbot: QtBot) -> None:
    made, heard = control(qtbot, "quantization")
    made.show_value("nf4")
    assert isinstance(made.editor, QComboBox)
    made.editor.setFocus()
    qtbot.keyClick(made.editor, Qt.Key.Key_Down)
    assert heard == [("quantization", "int8")]
    switch, said = control(qtbot, "packing")
    switch.show_value(False)
    assert isinstance(switch.editor, QCheckBox)
    switch.editor.click()
    assert said == [("packing", True)]
