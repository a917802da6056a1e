"""TensorBoard finds a run's numbers beside its event log, if the person wants that."""

from __future__ import annotations

from pathlib import Path

from tensorboardX.proto.event_pb2 import Event as BoardEvent

from core.engine.board import FOLDER, drawn_on_board
from core.events import AnyEvent, CardReading, Started, Step, Validation


def step(number: int, grad_norm: float | None = 1.5) -> Step:
    return Step(
        step=number, epoch=0.1, loss=1 / number, learning_rate=1e-4, grad_norm=grad_norm, tokens=10,
        tokens_per_second=99.0, seconds=1.0, left_s=1.0,
    )  # fmt: skip


def started(resumed_from: int = 0) -> Started:
    return Started(
        run="r", device="cpu", device_name="cpu", steps_total=9, epochs=1.0, train_rows=1, validation_rows=1,
        trainable_parameters=1, parameters=1, resumed_from=resumed_from,
    )  # fmt: skip


def written(folder: Path) -> list[BoardEvent]:
    """Every event in TensorBoard's files: a length (8 bytes), its check (4), the event, its check (4)."""
    events = []
    for path in sorted((folder / FOLDER).iterdir()):
        content = path.read_bytes()
        while content:
            length = int.from_bytes(content[:8], "little")
            events.append(BoardEvent.FromString(content[12 : 12 + length]))
            content = content[16 + length :]
    return events


def numbers(folder: Path) -> dict[tuple[str, int], float]:
    return {(v.tag, e.step): v.simple_value for e in written(folder) for v in e.summary.value}


def test_every_number_is_there_under_its_usual_name(tmp_path: Path) -> None:
    said: list[AnyEvent] = []
    events = [started(), step(1), step(2, None), Validation(step=2, loss=0.25)]
    events.append(CardReading(step=2, utilization=0.5, temperature_c=None, power_w=250.0))
    with drawn_on_board(True, tmp_path, said.append) as emit:
        for event in events:
            emit(event)
    found = numbers(tmp_path)
    assert said == events
    assert found["train/loss", 2] == 0.5 and found["validation/loss", 2] == 0.25
    assert found["card/power_w", 2] == 250.0 and ("card/temperature_c", 2) not in found
    assert ("train/grad_norm", 1) in found and ("train/grad_norm", 2) not in found


def test_a_resumed_run_takes_back_what_it_computes_again(tmp_path: Path) -> None:
    with drawn_on_board(True, tmp_path, lambda event: None) as emit:
        emit(started())
        emit(step(5))
    with drawn_on_board(True, tmp_path, lambda event: None) as emit:
        emit(started(resumed_from=4))
        emit(step(5))
    taken_back = [e.step for e in written(tmp_path) if e.session_log.status]
    assert taken_back == [5]


def test_unless_it_is_wanted_nothing_is_written(tmp_path: Path) -> None:
    said: list[AnyEvent] = []
    with drawn_on_board(False, tmp_path, said.append) as emit:
        emit(started())
    assert len(said) == 1 and list(tmp_path.iterdir()) == []
