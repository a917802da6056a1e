"""The live plots of a run: loss, memory, speed."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from desktop.style import SPACE
from desktop.widgets.plots.curve_panel import CurvePanel
from desktop.widgets.plots.run_curves import RunCurves

LOSS = "Training, each step"
SMOOTHED = "Training"
VALIDATION = "Validation"
PROCESS = "This run"
EVERYTHING = "All programs"
PREDICTED = "Predicted"
SPEED = "Tokens per second"
LEAST_HEIGHT = 336


class RunPlots(QWidget):
    """Three panels over the same steps. What they hold is what `RunCurves` holds, number for number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.loss = CurvePanel("Loss")
        self.loss.add_curve(LOSS, role="tuned", faint=True)
        self.loss.add_curve(SMOOTHED, role="tuned")
        self.loss.add_curve(VALIDATION, role="validation", dash="dash")
        self.memory = CurvePanel("Memory", y_unit="bytes", from_zero=True)
        self.memory.add_curve(PROCESS, role="tuned")
        self.memory.add_curve(EVERYTHING, role="base", dash="dashdot")
        self.speed = CurvePanel("Speed", y_unit="tokens/s", from_zero=True)
        self.speed.add_curve(SPEED, role="base")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.setMinimumHeight(LEAST_HEIGHT)
        self._drawn: tuple[RunCurves, int, int] | None = None
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(SPACE.l)
        grid.addWidget(self.loss, 0, 0, 1, 2)
        grid.addWidget(self.memory, 1, 0)
        grid.addWidget(self.speed, 1, 1)
        for row, share in ((0, 4), (1, 3)):
            grid.setRowStretch(row, share)
        for column in (0, 1):
            grid.setColumnStretch(column, 1)

    def show_curves(self, curves: RunCurves, predicted_bytes: int) -> None:
        """Draw `curves` as they are now; nothing is done if they are drawn already."""
        wanted = (curves, curves.revision, predicted_bytes)
        if self._drawn == wanted:
            return
        if self._drawn is None or self._drawn[2] != predicted_bytes:
            self.memory.set_level(PREDICTED, predicted_bytes or None, dash="dot")
        self._drawn = wanted
        self.loss.set_points(LOSS, curves.loss.x, curves.loss.y)
        self.loss.set_points(SMOOTHED, curves.loss_smoothed.x, curves.loss_smoothed.y)
        self.loss.set_points(VALIDATION, curves.validation.x, curves.validation.y)
        self.speed.set_points(SPEED, curves.tokens_per_second.x, curves.tokens_per_second.y)
        self.memory.set_points(PROCESS, curves.process_bytes.x, curves.process_bytes.y)
        everything = curves.device_bytes if curves.device_total_bytes else curves.ram_bytes
        self.memory.set_points(EVERYTHING, everything.x, everything.y)
