"""The folders of a sweep's runs, with logs as workers write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core import paths
from core.events import (
    AnyEvent,
    Checkpoint,
    Failed,
    Finished,
    Opened,
    RunState,
    Started,
    StateChanged,
    Step,
    Validation,
)
from core.events.stream import encode
from core.runs.log import FILE
from core.sweeps.reading import CandidateLog
from core.sweeps.values import Sweep

STARTED_S = 2.0


def said(
    losses: Mapping[int, float], *, steps: int, total: int, end: RunState | None, rows: int = 20
) -> list[AnyEvent]:
    """What a worker says in `steps` of `total` steps of a second each, validating at the steps of `losses`."""
    events: list[AnyEvent] = [
        Opened(version=1, task="train", pid=1, time=0.0),
        Started(
            run="r", device="cpu", device_name="Processor", steps_total=total, epochs=1.0, train_rows=100,
            validation_rows=rows, trainable_parameters=1, parameters=2, time=STARTED_S,
        ),
    ]  # fmt: skip
    for step in range(1, steps + 1):
        events.append(
            Step(
                step=step, epoch=0.1, loss=1.0, learning_rate=1e-4, grad_norm=1.0, tokens=10, tokens_per_second=10.0,
                seconds=float(step), left_s=0.0, time=STARTED_S + step,
            )
        )  # fmt: skip
        if step in losses:
            events.append(Validation(step=step, loss=losses[step]))
            events.append(Checkpoint(step=step, path=f"checkpoints/step-{step:08d}"))
    if end == "failed":
        events.append(Failed(code="x", what="The memory ran out.", why="w", remedy="r", where=""))
    if end is not None:
        events.append(StateChanged(state=end))
        events.append(
            Finished(
                run="r", state=end, steps=steps, loss_first=1.0, loss_last=1.0, peak_memory_bytes=5 << 20,
                predicted_memory_bytes=0, tokens_per_second=10.0, seconds=float(steps),
            )
        )  # fmt: skip
    return events


def write_log(run: str, events: Sequence[AnyEvent]) -> None:
    folder = paths.runs_dir() / run
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / FILE).open("ab") as file:
        file.write(b"".join(encode(event) for event in events))


def logs_of(sweep: Sweep) -> dict[str, CandidateLog]:
    names = [*(one.run for one in sweep.candidates), sweep.twin]
    logs = {run: CandidateLog(paths.runs_dir() / run) for run in names}
    for log in logs.values():
        log.poll()
    return logs
