"""Looking at a data file as the model will see it."""

from __future__ import annotations

from collections.abc import Callable

from core.data.report import DatasetReport
from core.events import AnyEvent, Inspected
from core.requests import InspectRequest
from core.tasks.follow import result_of
from core.worker.attached import AttachedWorker


def start(request: InspectRequest) -> AttachedWorker:
    """A worker that inspects; its last event but one is `inspected`."""
    return AttachedWorker(request)


def inspect(request: InspectRequest, on_event: Callable[[AnyEvent], None] | None = None) -> DatasetReport:
    """The report on the data of `request`. Blocks; `on_event` hears of the progress.

    Raises:
        TunesmithError: what is wrong with the file (`data.…`), or `worker.died`.
    """
    event = result_of(start(request), Inspected, "reading the data", on_event)
    return event.report
