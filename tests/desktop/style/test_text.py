"""Long words wrap at 72 characters and are not cut off, however wide their place is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop.style.text import label


def test_wrapped_words_get_the_height_of_all_their_lines_in_a_wide_place(qtbot: QtBot) -> None:
    words = label("It over-fitted, and so it goes on. " * 6, wrap=True)
    place = QWidget()
    qtbot.addWidget(place)
    layout = QVBoxLayout(place)
    layout.addWidget(words)
    layout.addStretch(1)
    place.resize(4 * words.maximumWidth(), 400)
    place.show()
    qtbot.waitExposed(place)
    needed = (
        words.fontMetrics().boundingRect(0, 0, words.width(), 10_000, Qt.TextFlag.TextWordWrap, words.text()).height()
    )
    assert words.width() == words.maximumWidth()
    assert words.height() >= needed > 2 * words.fontMetrics().height()
