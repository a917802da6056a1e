"""How long a window's event loop does not come round: a beat every few milliseconds, and the gaps between them."""

from __future__ import annotations

import time
from collections.abc import Callable

import pyqtgraph
import PySide6
from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from tests.benchmarks.place import place

BEAT_MS = 4
LOOK_MS = 2


class Beats(QObject):
    """Beats from `start` on.

    Attributes:
        gaps_ms: between one beat and the next: of the clock, and of it computed by the window's own thread.
    """

    def __init__(self) -> None:
        super().__init__()
        self.gaps_ms: list[tuple[float, float]] = []
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._last = (0.0, 0.0)

    def start(self) -> None:
        """Beat, from now on."""
        self.gaps_ms.clear()
        self._last = (time.perf_counter(), time.thread_time())
        self._timer.start(BEAT_MS)

    def stop(self) -> None:
        """Beat no more."""
        self._timer.stop()

    def _beat(self) -> None:
        now = (time.perf_counter(), time.thread_time())
        self.gaps_ms.append((1000 * (now[0] - self._last[0]), 1000 * (now[1] - self._last[1])))
        self._last = now

    def report(self, allowed_ms: float) -> dict[str, object]:
        """The gaps in figures. `computed_ms` is what other programs on a busy machine do not lengthen."""
        clock, computed = (sorted(column) for column in zip(*self.gaps_ms, strict=True))
        return {
            "beats": len(clock),
            "median_ms": round(clock[len(clock) // 2], 2),
            "p99_ms": round(clock[int(0.99 * len(clock))], 2),
            "p999_ms": round(clock[int(0.999 * len(clock))], 2),
            "worst_ms": round(clock[-1], 2),
            "allowed_ms": allowed_ms,
            "gaps_above_allowed": sum(gap > allowed_ms for gap in clock),
            "computed_ms": {"p99": round(computed[int(0.99 * len(computed))], 2), "worst": round(computed[-1], 2)},
        }


def until(app: QApplication, condition: Callable[[], bool]) -> None:
    """Let the window live until `condition` holds, which is looked at often and costs it little."""
    loop, look = QEventLoop(app), QTimer()
    look.timeout.connect(lambda: loop.quit() if condition() else None)
    look.start(LOOK_MS)
    loop.exec()
    look.stop()


def window_place() -> dict[str, object]:
    """Where a window was measured."""
    return {**place(), "pyside": PySide6.__version__, "pyqtgraph": pyqtgraph.__version__}
