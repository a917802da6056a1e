"""A long run opens at once: what its log came to lies beside it, and is believed only while it is true."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.events import AnyEvent, CardReading, Checkpoint, Memory, Opened, Started, StateChanged, Step, Validation
from core.events.stream import encode
from core.runs import record as records
from core.runs.curves import RunCurves
from core.runs.record import FILE, RunRecord, keep, kept_record, read_record


def step(number: int, loss: float | None = None, *, time: float | None = None) -> Step:
    return Step(
        step=number,
        epoch=0.0,
        loss=1 / number if loss is None else loss,
        learning_rate=1e-4,
        grad_norm=None if number % 10 == 0 else 1.0,
        tokens=100,
        tokens_per_second=100.0 + number,
        seconds=number * 2.0,
        left_s=1.0,
        time=1000.0 + number * 2 if time is None else time,
    )


def card(at: float, power: float | None = 360.0, number: int = 1) -> CardReading:
    return CardReading(step=number, utilization=0.9, temperature_c=60.0, power_w=power, time=at)


def started(resumed_from: int = 0) -> Started:
    return Started(
        run="r", device="cpu", device_name="cpu", steps_total=100, epochs=1.0, train_rows=1, validation_rows=1,
        trainable_parameters=1, parameters=1, resumed_from=resumed_from,
    )  # fmt: skip


def memory(number: int) -> Memory:
    return Memory(
        step=number, device_used_bytes=5, device_total_bytes=24, process_bytes=3, process_peak_bytes=4,
        ram_used_bytes=7, ram_total_bytes=16, time=1000.0 + number * 2,
    )  # fmt: skip


def course(steps: int) -> list[AnyEvent]:
    said: list[AnyEvent] = [Opened(version=1, task="train", pid=1), started(), StateChanged(state="running")]
    for number in range(1, steps + 1):
        said += [step(number), memory(number)]
        if number % 20 == 0:
            said += [Validation(step=number, loss=0.5), Checkpoint(step=number, path=f"checkpoints/{number}")]
            said.append(card(1000.5 + number * 2, number=number))
    return said


def write(folder: Path, *events: AnyEvent) -> None:
    with (folder / "events.jsonl").open("ab") as file:
        file.write(b"".join(encode(event) for event in events))


def same(one: RunRecord, other: RunRecord) -> bool:
    columns, others = one.curves.columns(), other.curves.columns()
    return (
        one.telling() == other.telling()
        and one.offset == other.offset
        and all(np.array_equal(columns[name], others[name], equal_nan=True) for name in columns)
        and all(getattr(one.curves, name) == getattr(other.curves, name) for name in records.SCALARS)
    )


@pytest.fixture(autouse=True)
def everything_is_worth_keeping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "WORTH_KEEPING_BYTES", 1)


def test_what_was_kept_is_what_the_log_says(tmp_path: Path) -> None:
    write(tmp_path, *course(95))
    read = read_record(tmp_path)
    kept = kept_record(tmp_path)
    assert kept is not None and same(read, kept)
    assert kept.curves.steps["loss"].tolist() == [1 / n for n in range(1, 96)]
    told = kept.telling()
    assert [type(event).__name__ for event in told[-3:]] == ["CardReading", "Step", "Memory"]
    assert [event.step for event in told if isinstance(event, Step)] == [1, 95]
    assert len([event for event in told if isinstance(event, Checkpoint)]) == 4


def test_what_the_log_says_since_is_read_on(tmp_path: Path) -> None:
    write(tmp_path, *course(40))
    read_record(tmp_path)
    write(tmp_path, started(resumed_from=35), step(36, 9.0), step(37, 8.0))
    again = read_record(tmp_path)
    (tmp_path / FILE).unlink()
    assert same(again, read_record(tmp_path))
    assert again.curves.steps["loss"][-2:].tolist() == [9.0, 8.0] and len(again.curves.steps) == 37


def test_a_line_that_is_torn_is_read_when_it_is_whole(tmp_path: Path) -> None:
    whole = encode(step(41))
    write(tmp_path, *course(40))
    with (tmp_path / "events.jsonl").open("ab") as file:
        file.write(whole[:50])
    assert len(read_record(tmp_path).curves.steps) == 40
    with (tmp_path / "events.jsonl").open("ab") as file:
        file.write(whole[50:])
    assert read_record(tmp_path).curves.steps["step"].tolist() == list(range(1, 42))


@pytest.mark.parametrize("damage", ["cut", "flip", "nothing in it", "another log"])
def test_what_is_damaged_or_of_another_log_is_made_anew(tmp_path: Path, damage: str) -> None:
    write(tmp_path, *course(60))
    good = read_record(tmp_path)
    path = tmp_path / FILE
    content = path.read_bytes()
    if damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "flip":
        place = content.index(np.float64(1 / 30).tobytes())
        path.write_bytes(content[:place] + b"\xff" + content[place + 1 :])
    elif damage == "nothing in it":
        path.write_bytes(b"")
    else:
        (tmp_path / "events.jsonl").unlink()
        write(tmp_path, *course(61))
        good = RunRecord()
        good.add(course(61))
    assert kept_record(tmp_path) is None
    read = read_record(tmp_path)
    assert len(read.curves.steps) == len(good.curves.steps)
    kept = kept_record(tmp_path)
    assert kept is not None and same(read, kept)


def test_a_copy_does_not_grow_with_its_record(tmp_path: Path) -> None:
    write(tmp_path, *course(30))
    record = read_record(tmp_path)
    copy = record.copy()
    assert same(copy, record)
    record.add([step(31)])
    assert len(copy.curves.steps) == 30 and len(record.curves.steps) == 31


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(tmp_path, *course(5))
    (tmp_path / FILE).mkdir()
    keep(tmp_path, read_record(tmp_path))
    assert "are not kept" in caplog.text


def test_power_becomes_energy_and_a_pause_costs_none() -> None:
    curves = RunCurves()
    curves.add([card(90.0), card(100.0), card(110.0), card(500.0), card(510.0)])
    assert curves.card["energy_wh"].tolist() == [0.0, 1.0, 2.0, 2.0, 3.0]


def test_energy_that_lost_work_took_stays_spent() -> None:
    curves = RunCurves()
    curves.add([step(1), card(10.0, number=1), card(20.0, number=2), started(resumed_from=1), card(100.0, number=1)])
    assert curves.card["energy_wh"].tolist() == [0.0, 1.0]


def test_curves_lie_along_steps_tokens_or_time() -> None:
    curves = RunCurves()
    curves.add([step(1), step(2), step(3), Validation(step=2, loss=1.0), card(1005.0, number=2)])
    assert curves.along(curves.steps, "tokens").tolist() == [100, 200, 300]
    assert curves.along(curves.validation, "time").tolist() == [4.0]
    assert curves.along(curves.card, "step").tolist() == [2.5] and curves.along(curves.card, "time").tolist() == [5.0]
