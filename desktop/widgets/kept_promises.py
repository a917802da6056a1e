"""What a run was promised by each depth of the estimate, beside what it took."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from core.fit.words import format_bytes, format_rate
from core.runs.history import DepthSummary, History, HistoryRow
from desktop.style import SPACE
from desktop.style.text import label

COLUMNS = ("", "Memory", "", "Tokens/s", "")
NOTHING_YET = (
    "Nothing to compare yet: a run's prediction is put beside its measured peak once it has taken a step and ended."
)


class KeptPromises(QWidget):
    """A row for each depth, and one for what was measured."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cells: list[list[QLabel]] = []
        self.nothing = label(NOTHING_YET, role="muted", wrap=True)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(SPACE.s)
        self._grid.setVerticalSpacing(SPACE.s)
        self._grid.setColumnStretch(0, 1)
        self._grid.addWidget(self.nothing, 0, 0, 1, len(COLUMNS))

    def show_row(self, row: HistoryRow | None) -> None:
        """Show one run's comparison, or that there is none yet."""
        self.nothing.setVisible(row is None)
        lines = promise_lines(row) if row is not None else []
        while len(self._cells) < len(lines):
            self._add_line()
        for number, cells in enumerate(self._cells):
            words = lines[number] if number < len(lines) else [""] * len(COLUMNS)
            for cell, text in zip(cells, words, strict=True):
                cell.setText(text)
                cell.setVisible(number < len(lines))

    def lines(self) -> list[list[str]]:
        """What is shown."""
        return [[cell.text() for cell in cells] for cells in self._cells if not cells[0].isHidden()]

    def _add_line(self) -> None:
        number = len(self._cells)
        cells = [
            label(size="small" if column in (2, 4) else "body", role="" if number and column in (1, 3) else "muted")
            for column in range(len(COLUMNS))
        ]
        for column, cell in enumerate(cells):
            side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
            self._grid.addWidget(cell, number + 1, column, side)
        self._cells.append(cells)


def promise_lines(row: HistoryRow) -> list[list[str]]:
    """Heading, depths from shallow to deep, and what was measured."""
    depths = [
        [
            one.depth.capitalize(),
            format_bytes(one.total_bytes),
            difference_words(one.memory_difference),
            format_rate(one.tokens_per_second),
            difference_words(one.speed_difference),
        ]
        for one in row.predictions
    ]
    run = ["The run", format_bytes(row.peak_memory_bytes), "", format_rate(row.tokens_per_second), ""]
    return [list(COLUMNS), *depths, run]


def difference_words(share: float | None) -> str:
    """“+3.1 %”, “−12 %”: predicted less measured, of measured."""
    if share is None:
        return ""
    digits = 0 if abs(share) >= 0.1 else 1
    return f"{'−' if share < 0 else '+'}{abs(100 * share):.{digits}f} %"


def history_words(history: History | None) -> str:
    """What the depths are worth over all runs, in one line; nothing before there is something."""
    if history is None or not history.depths:
        return ""
    return " ".join(_summary_words(depth) for depth in history.depths)


def _summary_words(depth: DepthSummary) -> str:
    runs = f"{depth.runs} {'run' if depth.runs == 1 else 'runs'}"
    low = "never too low" if depth.memory_lowest >= 0 else f"at most {100 * -depth.memory_lowest:.1f} % too low"
    speed = f", speed by {100 * depth.speed_median:.0f} %" if depth.speed_median is not None else ""
    off = f"{100 * depth.memory_median:.1f} %"
    if depth.runs > 1:
        off += f" in the middle and {100 * depth.memory_worst:.1f} % at worst"
    return f"{depth.depth.capitalize()}, {runs}: memory off by {off}, {low}{speed}."
