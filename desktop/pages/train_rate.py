"""“Find learning rate” below its control: offered, under way with its curve, and the rate that follows by one click."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.intents import CancelRateTest, ChangeSetting, FindRate
from desktop.state import AppState
from desktop.style import SPACE
from desktop.style.text import label
from desktop.widgets import buttons
from desktop.widgets.rate_curve import RateCurve

TIP = (
    "Take real steps on your model and your data while the rate rises from 0.000001 to 0.1, until the loss explodes, "
    "and see where it falls fastest. About two minutes; nothing is kept of what is learnt. Esc stops it."
)


class RatePanel(QWidget):
    """The search for a learning rate.

    Signals:
        intent(Intent): look, stop looking, or take the rate.
    """

    intent = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._proposed: float | None = None
        self.find = buttons.quiet("Find learning rate", icon="search", tip=TIP)
        self.find.clicked.connect(lambda: self.intent.emit(FindRate()))
        self.cancel = buttons.quiet("Stop", icon="stop", tip="Stop looking (Esc)")
        self.cancel.setAccessibleName("Stop looking for a learning rate")
        self.cancel.clicked.connect(lambda: self.intent.emit(CancelRateTest()))
        self.curve = RateCurve()
        self.words = label(size="small", role="muted", wrap=True)
        self.use = buttons.secondary("")
        self.use.clicked.connect(self._use)
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACE.xs)
        line.addWidget(self.find)
        line.addWidget(self.cancel)
        line.addStretch(1)
        line.addWidget(self.use)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, SPACE.s)
        layout.setSpacing(SPACE.xs)
        layout.addLayout(line)
        layout.addWidget(self.curve)
        layout.addWidget(self.words)

    def show_test(self, state: AppState, why_not: str) -> None:
        """Show how far it is; `why_not` says what keeps it from being started."""
        test = state.rate_test
        found = test.found
        self._proposed = found.proposed if found is not None else None
        self.find.setVisible(not test.running)
        self.find.setText("Find learning rate" if found is None else "Look again")
        self.find.setEnabled(not why_not and state.active is None and not state.measuring)
        self.find.setToolTip(TIP if self.find.isEnabled() else why_not or "Not while something else is computed.")
        self.cancel.setVisible(test.running)
        self.curve.setVisible(test.running or found is not None)
        self.curve.show_points(test.points, self._proposed)
        self.words.setVisible(test.running or found is not None)
        self.words.setText(found.text if found is not None else _progress_words(test.points))
        self.use.setVisible(self._proposed is not None)
        if self._proposed is not None:
            taken = state.settings is not None and state.settings.learning_rate == self._proposed
            self.use.setText(f"Using {self._proposed:g}" if taken else f"Use {self._proposed:g}")
            self.use.setAccessibleName(f"{self.use.text()} as learning rate")
            self.use.setEnabled(not taken)

    def _use(self) -> None:
        if self._proposed is not None:
            self.intent.emit(ChangeSetting("learning_rate", self._proposed))


def _progress_words(points: tuple[tuple[float, float], ...]) -> str:
    if not points:
        return "Loading the model and timing the first steps."
    rate, loss = points[-1]
    return f"Rate {rate:.2g}, loss {loss:.3g}."
