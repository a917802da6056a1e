"""RunCurves: every number of a run that is drawn, exactly as its event log has it. x is the step."""

from __future__ import annotations

from collections.abc import Iterable

from core.events import AnyEvent, Memory, Started, Step, Validation
from desktop.widgets.plots.series import Series, SmoothedSeries


class RunCurves:
    """The curves of one run. A resumed run repeats the steps since its checkpoint: the later values count.

    Attributes:
        loss, loss_smoothed, validation: mean loss a token.
        learning_rate, tokens_per_second: as the steps say.
        process_bytes, device_bytes, ram_bytes: memory of the worker, of the card with all programs, of the computer.
        device_total_bytes: 0 without a card; then `device_bytes` stays empty.
        revision: grows with every change, so that an unchanged curve is not drawn again.
    """

    def __init__(self) -> None:
        self.loss = Series()
        self.loss_smoothed = SmoothedSeries()
        self.validation = Series()
        self.learning_rate = Series()
        self.tokens_per_second = Series()
        self.process_bytes = Series()
        self.device_bytes = Series()
        self.ram_bytes = Series()
        self.device_total_bytes = 0
        self.ram_total_bytes = 0
        self.revision = 0

    def add(self, events: Iterable[AnyEvent]) -> None:
        """Take in what is drawn of `events`."""
        for event in events:
            match event:
                case Started():
                    self._go_back_to(event.resumed_from)
                case Step():
                    self.loss.add(event.step, event.loss)
                    self.loss_smoothed.add(event.step, event.loss)
                    self.learning_rate.add(event.step, event.learning_rate)
                    self.tokens_per_second.add(event.step, event.tokens_per_second)
                case Validation():
                    self.validation.add(event.step, event.loss)
                case Memory():
                    self._add_memory(event)
                case _:
                    continue
            self.revision += 1

    def _go_back_to(self, step: int) -> None:
        for series in vars(self).values():
            if isinstance(series, Series):
                series.cut_after(step)

    def _add_memory(self, event: Memory) -> None:
        self.process_bytes.add(event.step, event.process_bytes)
        self.ram_bytes.add(event.step, event.ram_used_bytes)
        self.ram_total_bytes = event.ram_total_bytes
        if event.device_total_bytes:
            self.device_bytes.add(event.step, event.device_used_bytes)
            self.device_total_bytes = event.device_total_bytes
