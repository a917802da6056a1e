"""PlotChoice: which plots of a run the person wants to see, and how. Remembered from one time to the next."""

from __future__ import annotations

import msgspec

from core.runs.along import Along


class PlotChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A choice.

    `shown` and `log` hold keys of `desktop.widgets.plots.kinds.KINDS`: plots that are drawn, and of them those with a
    logarithmic axis. `smoothing` is what the average keeps of itself at each step, 0 to below 1.
    """

    shown: tuple[str, ...] = ("loss", "memory", "speed", "grad_norm")
    log: tuple[str, ...] = ()
    along: Along = "step"
    smoothing: float = 0.8
