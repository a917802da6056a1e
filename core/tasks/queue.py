"""The queue: runs that are trained one after the other, whether a window is open or not."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import TunesmithError
from core.fit.values import Plan, Prediction
from core.job import TrainingJob
from core.runs.queue import RunQueue
from core.runs.run import Run
from core.runs.store import RunStore
from core.tasks import train


def add(job: TrainingJob, plan: Plan | None = None, deeper: Sequence[Prediction] = ()) -> Run:
    """A new run for `job` at the end of the queue; it starts when no other is at work.

    Raises:
        TunesmithError: as `core.tasks.train.create`, `worker.not_started`.
    """
    run = train.create(job, plan, deeper)
    add_run(run.name)
    return run


def add_run(name: str) -> None:
    """Put a run that is there at the end of the queue: a new one, or one to be gone on with.

    Raises:
        TunesmithError: `run.not_found`, `run.active`, `run.finished`, `file.not_writable`, `worker.not_started`.
    """
    run = RunStore().get(name)
    train.refuse_unstartable(run)
    RunQueue().add(run.name)
    ensure_running()


def waiting() -> list[str]:
    """The names of the runs that wait, the next one first.

    Raises:
        TunesmithError: `queue.broken`.
    """
    return RunQueue().waiting()


def remove(name: str) -> None:
    """Take the run called `name` out of the queue; it is kept among the runs.

    Raises:
        TunesmithError: `run.not_found`, `queue.not_waiting`, `file.not_writable`.
    """
    if not RunQueue().remove(RunStore().get(name).name):
        raise _not_waiting(name)


def move(name: str, place: int) -> None:
    """Put the run called `name` at `place` in the queue, 0 being the next one.

    Raises:
        TunesmithError: `run.not_found`, `queue.not_waiting`, `file.not_writable`.
    """
    if not RunQueue().move(RunStore().get(name).name, place):
        raise _not_waiting(name)


def hold() -> None:
    """Start nothing more from the queue; what is at work goes on.

    Raises:
        TunesmithError: `file.not_writable`.
    """
    RunQueue().hold(True)


def held() -> bool:
    """Whether nothing more is started from the queue.

    Raises:
        TunesmithError: `queue.broken`.
    """
    return RunQueue().held


def release() -> None:
    """Let the queue go on.

    Raises:
        TunesmithError: `file.not_writable`, `worker.not_started`.
    """
    RunQueue().hold(False)
    ensure_running()


def ensure_running() -> bool:
    """Start the queue's process if runs wait and there is none (after a restart of the computer, say); whether it was
    started. Cheap enough to be asked now and then.

    Raises:
        TunesmithError: `worker.not_started`.
    """
    return RunQueue().wake()


def _not_waiting(name: str) -> TunesmithError:
    return TunesmithError(
        "queue.not_waiting",
        what=f"The run “{name}” does not wait in the queue.",
        why="It is not in it, or its turn has come.",
        remedy="`tunesmith queue` lists those that wait.",
        where="queue",
    )
