"""Real run folders, written by the same functions as a worker's, with a plausible course."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence

from core.events import (
    AnyEvent,
    Checkpoint,
    Finished,
    Memory,
    Opened,
    RunState,
    Started,
    StateChanged,
    Step,
    Validation,
)
from core.events.stream import encode
from core.files import write_json
from core.fit.values import Prediction
from core.job import SAMPLE, STARTER, DatasetRef, ModelRef, TrainingJob
from core.runs.info import RunInfo
from core.runs.liveness import write_own_identity
from core.runs.run import Run
from core.runs.store import RunStore
from core.settings import TrainingSettings

MIB = 2**20


def starter_job() -> TrainingJob:
    return TrainingJob(
        model=ModelRef(source="starter", id=STARTER),
        dataset=DatasetRef(source="sample", path=SAMPLE),
        settings=TrainingSettings(quantization="none", compute_dtype="fp32", max_seq_length=256),
    )


def loss_at(step: int) -> float:
    return 0.4 + 2.6 * math.exp(-step / 25) + 0.12 * math.sin(step * 1.7)


def course(name: str, state: RunState, steps: int, steps_total: int, start: float) -> list[AnyEvent]:
    """What a worker says in `steps` of `steps_total` steps, a second each."""
    said: list[AnyEvent] = [
        Opened(version=1, task="train", pid=1, time=start),
        StateChanged(state="running", time=start),
        Started(
            run=name, device="cpu", device_name="Processor", steps_total=steps_total, epochs=3.0, train_rows=380,
            validation_rows=20, trainable_parameters=262_144, parameters=3_400_000, time=start,
        ),
    ]  # fmt: skip
    for step in range(1, steps + 1):
        said.append(
            Step(
                step=step, epoch=3 * step / steps_total, loss=loss_at(step), learning_rate=2e-4, grad_norm=1.0,
                tokens=step * 900, tokens_per_second=900 + 40 * math.sin(step), seconds=float(step),
                left_s=float(steps_total - step), time=start + step,
            )
        )  # fmt: skip
        if step % 20 == 0:
            said.append(Validation(step=step, loss=loss_at(step) + 0.1, time=start + step))
            said.append(Checkpoint(step=step, path=f"checkpoints/step-{step:08d}", time=start + step))
        said.append(
            Memory(
                step=step, device_used_bytes=0, device_total_bytes=0, process_bytes=600 * MIB,
                process_peak_bytes=640 * MIB, ram_used_bytes=6000 * MIB,
                ram_total_bytes=16_000 * MIB, time=start + step,
            )
        )  # fmt: skip
    if state in ("finished", "stopped", "failed"):
        said.append(StateChanged(state=state, time=start + steps))
        said.append(
            Finished(
                run=name, state=state, steps=steps, loss_first=loss_at(1), loss_last=loss_at(steps),
                peak_memory_bytes=640 * MIB, predicted_memory_bytes=700 * MIB, tokens_per_second=905.0,
                seconds=float(steps), time=start + steps,
            )
        )  # fmt: skip
    return said


def make_run(
    state: RunState = "finished",
    *,
    steps: int = 60,
    steps_total: int = 60,
    created: float = 1.79e9,
    predictions: Sequence[Prediction] = (),
) -> Run:
    """A run in the runs folder of now. A running one is at work in this very process."""
    info = RunInfo(
        name="",
        created=created,
        predicted_memory_bytes=700 * MIB,
        predicted_depth=predictions[-1].depth if predictions else "",
        predictions=list(predictions),
    )
    run = RunStore().create(starter_job(), info)
    events = course(run.name, state, steps, steps_total, created)
    (run.path / "events.jsonl").write_bytes(b"".join(encode(event) for event in events))
    if state == "running":
        write_own_identity(run.path)
    elif state == "died":
        write_json(run.path / "worker.json", {"pid": os.getpid(), "start_time": 1.0})
    return run
