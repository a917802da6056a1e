"""The verdict of a run, read from its folder."""

from __future__ import annotations

from core.events import AnyEvent, Failed, Opened, Started, StateChanged, Step, Validation
from core.events.stream import encode
from core.runs.judging import judge
from core.runs.log import FILE
from core.runs.run import Run


def say(run: Run, *events: AnyEvent) -> Run:
    with (run.path / FILE).open("ab") as log:
        log.write(b"".join(encode(event) for event in events))
    return run


def started(resumed_from: int = 0) -> Started:
    return Started(
        run="r", device="cpu", device_name="p", steps_total=40, epochs=3.0, train_rows=100, validation_rows=20,
        trainable_parameters=1, parameters=1, resumed_from=resumed_from,
    )  # fmt: skip


def steps(first: int, last: int, start: float = 3.0) -> list[AnyEvent]:
    said: list[AnyEvent] = []
    for step in range(first, last + 1):
        loss = start - 0.05 * step
        said.append(
            Step(
                step=step, epoch=step * 3 / 40, loss=loss, learning_rate=1e-4, grad_norm=1.0, tokens=9,
                tokens_per_second=9.0, seconds=float(step), left_s=0.0,
            )
        )  # fmt: skip
        if step % 5 == 0:
            said.append(Validation(step=step, loss=loss))
    return said


OPENED = Opened(version=1, task="train", pid=1)


def test_a_run_that_never_stepped_is_not_judged(new_run: Run) -> None:
    assert judge(say(new_run, OPENED, started()), ended_itself=False) is None


def test_steps_that_a_resumed_run_repeats_count_as_they_were_last(new_run: Run) -> None:
    say(new_run, OPENED, started(), *steps(1, 30, start=9.0), OPENED, started(resumed_from=10), *steps(11, 40))
    found = judge(new_run, ended_itself=True)
    assert found is not None and found.verdict == "still_learning"
    assert found.points[1] == (10, 8.5) and found.points[2] == (15, 2.25) and found.points[-1] == (40, 1.0)


def test_an_error_that_is_not_the_curves_own_leaves_nothing_to_say(new_run: Run) -> None:
    full = Failed(code="engine.disk_full", what="Full.", why="It is.", remedy="Free some.")
    say(new_run, OPENED, started(), *steps(1, 40), full, StateChanged(state="failed"))
    assert judge(new_run, ended_itself=False) is None
    say(new_run, OPENED, started(resumed_from=40))
    assert judge(new_run, ended_itself=True) is not None


def test_a_training_that_fell_apart_wants_a_lower_rate(new_run: Run) -> None:
    exploded = Failed(code="engine.loss_exploded", what="It fell apart.", why="It did.", remedy="Lower the rate.")
    say(new_run, OPENED, started(), *steps(1, 12), exploded)
    found = judge(new_run, ended_itself=False)
    assert found is not None and found.verdict == "unstable"
    assert found.changes == {"learning_rate": 6.7e-5}
