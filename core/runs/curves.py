"""RunCurves: every number of a run that is drawn, exactly as its event log has it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

from core.events import AnyEvent, CardReading, Memory, Started, Step, Validation
from core.runs.along import Along
from core.runs.table import Column, Table

LONGEST_GAP_S = 30.0  # between two readings of the card; over a longer one (a pause) no power is counted
WH_PER_WS = 1 / 3600


STEP_COLUMNS = ("step", "loss", "learning_rate", "grad_norm", "tokens_per_second", "tokens", "seconds", "time")
TOKENS = STEP_COLUMNS.index("tokens")


class RunCurves:
    """The curves of one run. A resumed run repeats the steps since its checkpoint: the later values count, but the
    energy of what was lost was spent.

    Attributes:
        steps: one row a step: mean loss a token, learning rate, norm of the gradients (NaN where it was not measured),
            tokens a second, tokens so far, seconds of training so far, and when (seconds since the epoch).
        validation: mean loss a token on the rows held back.
        memory: of the worker, of the card with all programs (NaN without a card), of the computer; in bytes.
        card: what the card did: utilisation (0 to 1), °C, W (NaN where it does not tell), and Wh so far.
        device_total_bytes: 0 without a card. ram_total_bytes: of the computer.
        energy_wh, read_card_at: what the card took so far; when it was last read, 0 if not since the worker started.
        revision: grows with every change, so that an unchanged curve is not drawn again.
    """

    def __init__(self) -> None:
        self.steps = Table(STEP_COLUMNS)
        self.validation = Table(("step", "loss"))
        self.memory = Table(("step", "process_bytes", "device_bytes", "ram_bytes"))
        self.card = Table(("step", "time", "utilization", "temperature_c", "power_w", "energy_wh"), repeats=True)
        self.device_total_bytes = 0
        self.ram_total_bytes = 0
        self.energy_wh = 0.0
        self.read_card_at = 0.0
        self.revision = 0

    def tables(self) -> dict[str, Table]:
        """Every table by its name."""
        return {"steps": self.steps, "validation": self.validation, "memory": self.memory, "card": self.card}

    def columns(self) -> dict[str, Column]:
        """Every column of every table, by `table.column`."""
        return {f"{name}.{c}": table[c] for name, table in self.tables().items() for c in table.columns}

    def fill(self, columns: Mapping[str, Column]) -> None:
        """Hold exactly what `columns` holds, as `columns()` names it.

        Raises:
            ValueError, KeyError: as `Table.fill`.
        """
        for name, table in self.tables().items():
            table.fill({column: columns[f"{name}.{column}"] for column in table.columns})
        self.revision += 1

    def add(self, events: Iterable[AnyEvent]) -> None:
        """Take in what is drawn of `events`."""
        steps: list[Step] = []
        for event in events:
            if type(event) is Step:
                steps.append(event)
                continue
            self._add_steps(steps)
            steps = []
            match event:
                case Memory():
                    self._add_memory(event)
                case CardReading():
                    self._add_card(event)
                case Validation():
                    self.validation.add(event.step, event.loss)
                case Started():
                    for table in self.tables().values():
                        table.cut_after(event.resumed_from)
                    self.read_card_at = 0.0
                case _:
                    continue
            self.revision += 1
        self._add_steps(steps)

    def along(self, table: Table, axis: Along) -> Column:
        """Where the rows of `table` lie on `axis`, ascending, shape (rows,). What is said between two steps lies
        between them."""
        steps = self.steps
        if axis == "step" and table is not self.card:
            return table["step"]
        if not len(steps):
            return np.zeros(len(table))
        column = {"step": "step", "tokens": "tokens", "time": "seconds"}[axis]
        if table is steps:
            return steps[column]
        key = "time" if table is self.card else "step"
        return np.interp(table[key], steps[key], steps[column])

    def _add_steps(self, events: list[Step]) -> None:
        """Steps that follow each other, at once; a step that is said again takes the place of what was said of it and
        of all beyond."""
        if not events:
            return
        rows = np.array([_row(event) for event in events]).T
        repeats = np.flatnonzero(np.diff(rows[0]) <= 0) + 1
        for part in np.split(rows, repeats, axis=1):
            self.steps.cut_after(part[0, 0] - 1)
            before = self.steps.last("tokens") if len(self.steps) else 0.0
            part[TOKENS] = before + np.cumsum(part[TOKENS])
            self.steps.extend(part)
        self.revision += 1

    def _add_memory(self, event: Memory) -> None:
        on_card = event.device_used_bytes if event.device_total_bytes else math.nan
        self.memory.add(event.step, event.process_bytes, on_card, event.ram_used_bytes)
        self.ram_total_bytes = event.ram_total_bytes
        self.device_total_bytes = event.device_total_bytes or self.device_total_bytes

    def _add_card(self, event: CardReading) -> None:
        """Power is counted from one reading to the next."""
        since = event.time - self.read_card_at
        if event.power_w is not None and self.read_card_at and 0 < since <= LONGEST_GAP_S:
            self.energy_wh += event.power_w * since * WH_PER_WS
        self.read_card_at = event.time
        readings = (event.utilization, event.temperature_c, event.power_w)
        known = [math.nan if reading is None else reading for reading in readings]
        self.card.add(event.step, event.time, *known, self.energy_wh)


def _row(event: Step) -> tuple[float, ...]:
    """A row of the steps, as `STEP_COLUMNS` names it; its tokens are those of this step alone."""
    grad_norm = math.nan if event.grad_norm is None else event.grad_norm
    speed = event.tokens_per_second
    return (event.step, event.loss, event.learning_rate, grad_norm, speed, event.tokens, event.seconds, event.time)
