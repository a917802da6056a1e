"""A run's numbers for TensorBoard, beside its event log, for who has that open already. The log stays the truth."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.engine.emit import Emit
from core.events import AnyEvent, CardReading, Memory, Started, Step, Validation

FOLDER = "tensorboard"
WAITING = 200  # numbers that may wait in memory
WRITE_EVERY_S = 10


@contextmanager
def drawn_on_board(wanted: bool, folder: Path, emit: Emit) -> Iterator[Emit]:
    """`emit`, whose numbers also go to `folder/tensorboard` if that is wanted."""
    if not wanted:
        yield emit
        return
    board = Board(folder / FOLDER)

    def both(event: AnyEvent) -> None:
        emit(event)
        board.hear(event)

    try:
        yield both
    finally:
        board.close()


class Board:
    """Writes one worker's numbers. A resumed run's takes back what it computes again.

    Args:
        folder: where TensorBoard looks.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writer: Any = None

    def hear(self, event: AnyEvent) -> None:
        """Write what of `event` is a number over the steps."""
        if isinstance(event, Started):
            self._open(event.resumed_from)
        elif self._writer is not None:
            for name, value, step in scalars(event):
                self._writer.add_scalar(name, value, step, walltime=event.time)

    def close(self) -> None:
        """Write what waits."""
        if self._writer is not None:
            self._writer.close()

    def _open(self, resumed_from: int) -> None:
        from tensorboardX import SummaryWriter

        self.close()
        again = resumed_from + 1 if resumed_from else None
        self._writer = SummaryWriter(
            str(self._folder), purge_step=again, max_queue=WAITING, flush_secs=WRITE_EVERY_S, write_to_disk=True
        )


def scalars(event: AnyEvent) -> list[tuple[str, float, int]]:
    """The numbers of an event by the names that others use for them, with the step."""
    named: dict[str, float | None] = {}
    match event:
        case Step():
            named = {
                "train/loss": event.loss,
                "train/learning_rate": event.learning_rate,
                "train/grad_norm": event.grad_norm,
                "train/epoch": event.epoch,
                "speed/tokens_per_second": event.tokens_per_second,
            }
        case Validation():
            named = {"validation/loss": event.loss}
        case Memory():
            named = {"memory/process_bytes": event.process_bytes, "memory/process_peak_bytes": event.process_peak_bytes}
        case CardReading():
            named = {
                "card/utilization": event.utilization,
                "card/temperature_c": event.temperature_c,
                "card/power_w": event.power_w,
            }
        case _:
            return []
    return [(name, value, event.step) for name, value in named.items() if value is not None]
