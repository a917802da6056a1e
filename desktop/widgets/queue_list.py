"""The runs that wait for the one at work, in their order."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from core.runs.summary import RunSummary
from desktop.intents import HoldQueue, Intent, LeaveQueue, MoveInQueue, SelectRun
from desktop.style import SPACE
from desktop.style.text import label
from desktop.widgets import buttons
from desktop.widgets.elided import ElidedLabel


class QueueList(QWidget):
    """One line a run that waits; hidden while none does.

    Signals:
        intent(Intent): another order, one taken out, the queue held or let go on.
    """

    intent = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[tuple[str, str], ...] = ()
        self._held = False
        self.title = label("Waiting", size="heading")
        self.hold = buttons.quiet("")
        self.hold.clicked.connect(lambda: self.intent.emit(HoldQueue(not self._held)))
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.hold)
        self.lines = QVBoxLayout()
        self.lines.setSpacing(SPACE.xs)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, SPACE.s, 0, 0)
        layout.setSpacing(SPACE.xs)
        layout.addLayout(head)
        layout.addLayout(self.lines)

    def show_queue(self, names: Sequence[str], held: bool, sweep: str | None, runs: Sequence[RunSummary]) -> None:
        """Show the runs called `names`, the next one first; `sweep`: the one that goes before them."""
        known = {run.name: run.title or run.model for run in runs}
        wanted = tuple((name, known.get(name, "") or name) for name in names)
        self.setVisible(bool(names))
        self._held = held
        self.title.setText("Waiting, held back" if held else "Waiting until the sweep ends" if sweep else "Waiting")
        self.title.setToolTip(sweep or "")
        self.hold.setText("Let it go on" if held else "Hold")
        self.hold.setToolTip(
            "Start the next one as soon as no run is at work"
            if held
            else "Start nothing more from here; what is at work goes on"
        )
        if wanted == self._shown:
            return
        self._shown = wanted
        while (item := self.lines.takeAt(0)) is not None:
            item.widget().deleteLater()
        for place, (name, words) in enumerate(wanted):
            self.lines.addWidget(self._line(place, name, words))

    def _line(self, place: int, name: str, words: str) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE.s)
        row.addWidget(label(f"{place + 1}", role="muted"))
        text = ElidedLabel(words)
        text.setToolTip(name)
        row.addWidget(text, 1)
        show = self._button("open", f"Show {words}", SelectRun(name))
        up = self._button("chevron-up", f"{words} sooner", MoveInQueue(name, place - 1))
        up.setEnabled(place > 0)
        down = self._button("chevron-down", f"{words} later", MoveInQueue(name, place + 1))
        down.setEnabled(place < len(self._shown) - 1)
        out = self._button("close", f"Take {words} out of the queue; it is kept among the runs", LeaveQueue(name))
        for button in (show, up, down, out):
            row.addWidget(button)
        return line

    def _button(self, icon: str, tip: str, intent: Intent) -> QWidget:
        button = buttons.quiet("", icon=icon, tip=tip)
        button.setProperty("bare", True)
        button.clicked.connect(lambda: self.intent.emit(intent))
        return button
