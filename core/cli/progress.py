"""A worker's events as progress bars on standard error."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from core import events
from core.events import AnyEvent
from core.runs.silence import quiet_words


class EventBars:
    """Shows what a worker says as one bar a phase. A context manager."""

    def __init__(self, console: Console) -> None:
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            TaskProgressColumn("{task.percentage:>3.0f} %", text_format_no_percentage=""),
            TextColumn("{task.fields[note]}", markup=False),
            TimeRemainingColumn(),
            console=console,
            redirect_stdout=False,  # else rich sends what is printed meanwhile, the JSON too, to standard error
        )
        self._tasks: dict[str, TaskID] = {}
        self._first_loss: float | None = None

    def __enter__(self) -> EventBars:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Leave the bars as they are and the terminal to others."""
        self._bars.stop()

    def show(self, event: AnyEvent) -> None:
        """Move the bars for one event."""
        match event:
            case events.Progress():
                self._move(event.phase, event.text, event.done, event.total, _amount(event))
            case events.Started():
                self._move("training", "Training", event.resumed_from, event.steps_total, f"on {event.device_name}")
            case events.Step():
                self._step(event)
            case events.RateTried():
                note = f"rate {event.learning_rate:.1e}, loss {event.loss:.2f}"
                self._move("rates", "Trying learning rates", event.step, event.steps_total, note)
            case events.Sample():
                self._bars.console.print(Text(sample_line(event), style="dim"), no_wrap=True, overflow="ellipsis")
            case events.Finished():
                self._complete()
            case events.Warned() | events.Leaner():
                self._bars.console.print("[yellow]Note:[/]", Text(event.text))
            case events.Quiet():
                self._bars.console.print("[yellow]Note:[/]", Text(quiet_words(event)))
            case _:
                return

    def _step(self, event: events.Step) -> None:
        if self._first_loss is None:
            self._first_loss = event.loss
        note = f"loss {self._first_loss:.2f} → {event.loss:.2f}   {event.tokens_per_second:,.0f} tokens/s"
        task = self._tasks.get("training")
        if task is not None:
            self._bars.update(task, completed=event.step, note=note)

    def _complete(self) -> None:
        """Fill the bars of phases that never knew how much they had to do: what comes after says that they are done."""
        for task in self._bars.tasks:
            if task.total is None:
                self._bars.update(task.id, completed=1, total=1)

    def _move(self, phase: str, text: str, done: int, total: int, note: str) -> None:
        if phase not in self._tasks:
            self._complete()
            self._tasks[phase] = self._bars.add_task(text, total=total or None, note=note)
        self._bars.update(self._tasks[phase], description=text, completed=done, total=total or None, note=note)


def sample_line(event: events.Sample) -> str:
    """“Step 40: Who are you? → I be a pirate.” in one line."""
    place = f"Step {event.step:,}" if event.step else "Before the first step"
    return f"{place}: {' '.join(event.prompt.split())} → {' '.join(event.text.split())}"


def _amount(event: events.Progress) -> str:
    if not event.unit:
        return ""
    if event.unit == "bytes":
        speed = f", {event.per_second / 1e6:.1f} MB/s" if event.per_second else ""
        return f"{event.done / 1e6:.1f} of {event.total / 1e6:.1f} MB{speed}"
    return f"{event.done:,} of {event.total:,} {event.unit}" if event.total else f"{event.done:,} {event.unit}"
