"""Looking for a learning rate: some minutes of the job's own steps at rising rates, in a worker of its own."""

from __future__ import annotations

from collections.abc import Callable

from core.events import AnyEvent, RateFound
from core.job import TrainingJob
from core.models.location import model_path
from core.requests import FindRateRequest
from core.tasks.follow import result_of
from core.worker.attached import AttachedWorker

DOING = "looking for a learning rate"


def start(job: TrainingJob) -> AttachedWorker:
    """A worker that tries rates on `job`: a `rate_tried` for each, and `rate_found` last but one.

    Raises:
        TunesmithError: `model.not_here`.
    """
    model_path(job.model)
    return AttachedWorker(FindRateRequest(job=job))


def find(job: TrainingJob, on_event: Callable[[AnyEvent], None] | None = None) -> RateFound:
    """The learning rate that the curve proposes. Blocks, for about two minutes.

    Raises:
        TunesmithError: `model.…`, `data.…`, `engine.…`, `adapter.…`, `worker.died`.
    """
    return result_of(start(job), RateFound, DOING, on_event)
