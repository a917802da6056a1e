"""Facts in two columns: what, muted, and how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from desktop.style import SPACE
from desktop.style.text import label


class KeyValues(QWidget):
    """Rows of a name and a value; values can be selected and copied, and wrap."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(SPACE.l)
        self._grid.setVerticalSpacing(SPACE.s)
        self._grid.setColumnStretch(1, 1)
        self._rows: list[tuple[QLabel, QLabel]] = []

    def show_rows(self, rows: Sequence[tuple[str, str]], tips: Mapping[str, str] | None = None) -> None:
        """Show exactly these rows; `tips` explains some of the names."""
        while len(self._rows) < len(rows):
            self._add_row()
        for index, (name, value) in enumerate(self._rows):
            used = index < len(rows)
            name.setVisible(used)
            value.setVisible(used)
            if used:
                name.setText(rows[index][0])
                value.setText(rows[index][1])
                value.setAccessibleName(f"{rows[index][0]}: {rows[index][1]}")
                for part in (name, value):
                    part.setToolTip((tips or {}).get(rows[index][0], ""))

    def rows(self) -> list[tuple[str, str]]:
        """What is shown."""
        return [(name.text(), value.text()) for name, value in self._rows if not value.isHidden()]

    def _add_row(self) -> None:
        name = label(role="muted")
        value = label()
        value.setWordWrap(True)
        for part in (name, value):
            part.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = len(self._rows)
        self._grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(value, row, 1, Qt.AlignmentFlag.AlignTop)
        self._rows.append((name, value))
