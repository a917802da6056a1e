"""A slider over the values that one usually takes for a setting: powers of two and the halves between."""

from __future__ import annotations

from bisect import bisect_left

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QSlider, QWidget

RANGES: dict[str, tuple[int, int]] = {
    "lora_rank": (4, 256),
    "max_seq_length": (32, 32_768),
    "per_device_batch_size": (1, 64),
}


def stops_between(low: int, high: int) -> list[int]:
    """Powers of two and the halves between, from `low` to `high`: 4, 6, 8, 12, 16, …"""
    found = {size for power in range(high.bit_length()) for size in (2**power, 3 * 2**power // 2)}
    return sorted(size for size in found if low <= size <= high)


class StepSlider(QSlider):
    """Moves from stop to stop.

    Attributes:
        continues: whether the move being told goes on with one that was told already, so that both are one change.

    Signals:
        moved(int): the person moved it to this value.
    """

    moved = Signal(int)

    def __init__(self, low: int, high: int, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.stops = stops_between(low, high)
        self.continues = False
        self.setRange(0, len(self.stops) - 1)
        self.setPageStep(2)
        self.sliderReleased.connect(self._released)
        self.valueChanged.connect(self._to)

    def show_value(self, value: int) -> None:
        """Stand at the stop nearest to `value`, from below, without saying that it moved."""
        with QSignalBlocker(self):
            self.setValue(max(0, bisect_left(self.stops, value + 1) - 1))
        self.update()

    def _to(self, place: int) -> None:
        self.moved.emit(self.stops[place])
        self.continues = self.isSliderDown()

    def _released(self) -> None:
        self.continues = False
