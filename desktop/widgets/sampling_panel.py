"""How answers are sampled, in one row of small controls."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QSpinBox, QVBoxLayout, QWidget

from core.requests import Sampling
from desktop.style import SPACE
from desktop.style.text import label


class _Control(NamedTuple):
    key: str
    title: str
    tip: str
    make: Callable[[], QSpinBox | QDoubleSpinBox]


def _number(low: float, high: float, step: float, digits: int) -> Callable[[], QDoubleSpinBox]:
    def make() -> QDoubleSpinBox:
        box = QDoubleSpinBox()
        box.setDecimals(digits)
        box.setRange(low, high)
        box.setSingleStep(step)
        return box

    return make


def _whole(low: int, high: int, step: int) -> Callable[[], QSpinBox]:
    def make() -> QSpinBox:
        box = QSpinBox()
        box.setRange(low, high)
        box.setSingleStep(step)
        return box

    return make


_CONTROLS = (
    _Control(
        "temperature",
        "Temperature",
        "How much chance there is in the choice of each token. 0 always takes the likeliest, so the same prompt gives "
        "the same answer; 0.7 to 1 is lively; above 1.5 becomes noise.",
        _number(0.0, 2.0, 0.1, 2),
    ),
    _Control(
        "top_p",
        "Top-p",
        "Chooses only among the likeliest tokens whose chances add up to this share. 1 leaves all in; 0.9 cuts off the "
        "unlikely tail. Without effect at temperature 0.",
        _number(0.05, 1.0, 0.05, 2),
    ),
    _Control(
        "max_new_tokens",
        "Longest answer",
        "An answer ends here at the latest, in tokens; a token is about three quarters of an English word.",
        _whole(1, 8192, 64),
    ),
    _Control(
        "repetition_penalty",
        "Repetition penalty",
        "Above 1, tokens that were already said become less likely. 1 turns it off; 1.1 helps against loops.",
        _number(1.0, 2.0, 0.05, 2),
    ),
    _Control(
        "seed",
        "Seed",
        "The start of the random numbers: the same seed gives the same answer. Without effect at temperature 0.",
        _whole(0, 2**31 - 1, 1),
    ),
)


class SamplingPanel(QWidget):
    """The settings of `core.requests.Sampling`, each with a tooltip that explains it.

    Signals:
        changed(): some value is another.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.boxes: dict[str, QSpinBox | QDoubleSpinBox] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE.l)
        defaults = Sampling()
        for control in _CONTROLS:
            box = self.boxes[control.key] = control.make()
            box.setValue(getattr(defaults, control.key))
            box.setFixedWidth(112)
            box.setAlignment(Qt.AlignmentFlag.AlignRight)
            box.setToolTip(control.tip)
            box.setAccessibleName(control.title)
            box.setAccessibleDescription(control.tip)
            box.valueChanged.connect(lambda _: self.changed.emit())
            title = label(control.title, size="small", role="muted")
            title.setToolTip(control.tip)
            title.setBuddy(box)
            cell = QVBoxLayout()
            cell.setSpacing(SPACE.xs)
            cell.addWidget(title)
            cell.addWidget(box)
            row.addLayout(cell)
        row.addStretch(1)

    def sampling(self) -> Sampling:
        """The settings as they stand."""
        return msgspec.convert({key: box.value() for key, box in self.boxes.items()}, Sampling)

    def summary(self) -> str:
        """The settings in a few words, for when the row is folded."""
        now = self.sampling()
        manner = "always the likeliest token" if now.temperature == 0 else f"temperature {now.temperature:g}"
        return f"{manner}, at most {now.max_new_tokens:,} tokens"
