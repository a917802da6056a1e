"""A run's curves as PNG files, for where there is no screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.events import AnyEvent, Memory, Step, Validation
from core.hardware.machine import GIB

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#777777"  # Okabe and Ito: apart for the colour-blind too


@dataclass(frozen=True)
class _Curve:
    label: str
    points: Sequence[tuple[float, float]]
    colour: str
    style: str = "-"


def write_plots(events: Sequence[AnyEvent], folder: Path, predicted_memory_bytes: int = 0) -> list[Path]:
    """Write `loss.png`, `memory.png` and `speed.png` of a run's `events` into `folder`; the paths, in that order."""
    folder.mkdir(parents=True, exist_ok=True)
    steps = [event for event in events if isinstance(event, Step)]
    memory = [(event.step, event.process_bytes / GIB) for event in events if isinstance(event, Memory)]
    promise = [(step, predicted_memory_bytes / GIB) for step, _ in memory] if predicted_memory_bytes else []
    held_back = [(event.step, event.loss) for event in events if isinstance(event, Validation)]
    loss = [
        _Curve("training", [(event.step, event.loss) for event in steps], ORANGE),
        _Curve("validation", held_back, GREEN, "--o"),
    ]
    held = [_Curve("measured", memory, BLUE), _Curve("predicted peak", promise, GREY, ":")]
    speed = [_Curve("tokens per second", [(event.step, event.tokens_per_second) for event in steps], BLUE)]
    return [
        _draw("Loss", "loss (nats a token)", loss, folder / "loss.png"),
        _draw("Memory of the training process", "GiB", held, folder / "memory.png"),
        _draw("Speed", "tokens per second", speed, folder / "speed.png"),
    ]


def _draw(title: str, unit: str, curves: Sequence[_Curve], path: Path) -> Path:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for curve in curves:
        if curve.points:
            axes.plot(*zip(*curve.points, strict=True), curve.style, color=curve.colour, label=curve.label)
    axes.set(title=title, xlabel="step", ylabel=unit)
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(path)
    return path
