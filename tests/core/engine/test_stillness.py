"""A worker that hangs: it says where, and where it cannot, its followers find out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from core.engine import stillness
from core.engine.stillness import Stillness
from core.engine.trainer import Trainer
from core.events import AnyEvent, Memory, Quiet, StateChanged, Step
from core.events.stream import encode
from core.files import write_json
from core.runs import liveness, silence
from core.runs.run import Run
from core.runs.silence import Pace
from core.tasks.follow import RunEvents
from tests.core.engine.conftest import new_run, of_type, wait_for, work_on


def a_step(number: int, took_s: float = 1.0) -> Step:
    return Step(
        step=number, epoch=0.5, loss=2.0, learning_rate=1e-3, grad_norm=None, tokens=100,
        tokens_per_second=100 / took_s, seconds=1.0, left_s=2.0,
    )  # fmt: skip


def test_silence_is_unusual_after_a_minute_or_several_steps() -> None:
    pace = Pace()
    assert pace.limit_s == 60.0
    for number in range(1, 50):
        pace.step(a_step(number, took_s=40.0))
    assert pace.limit_s == pytest.approx(200.0)


class Clock:
    """A clock that goes only when it is told to."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


def test_a_worker_that_hangs_says_where_and_again_later_and_not_while_it_is_paused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[AnyEvent] = []
    clock = Clock()
    monkeypatch.setattr(stillness, "time", clock)
    worker = Stillness(said.append)
    worker.hear(StateChanged(state="paused"))
    clock.now += 100.0
    worker.look()
    assert not of_type(said, Quiet)
    worker.hear(StateChanged(state="running"))
    worker.hear(a_step(1))
    clock.now += 59.0
    worker.look()
    assert not of_type(said, Quiet)
    clock.now += 2.0
    for _ in range(5):
        worker.look()
    (quiet,) = of_type(said, Quiet)
    assert quiet.seconds == 61.0 and quiet.place.endswith("in main_frames")
    clock.now += 31.0
    worker.hear(Memory(step=1, device_used_bytes=0, device_total_bytes=0, process_bytes=1, process_peak_bytes=1,
                       ram_used_bytes=1, ram_total_bytes=1))  # fmt: skip
    worker.look()
    assert [quiet.seconds for quiet in of_type(said, Quiet)] == [61.0, 92.0]


def test_a_hanging_run_tells_its_log_and_goes_on(runs_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silence, "LEAST_S", 0.3)
    monkeypatch.setattr(silence, "STEPS", 0.0)
    monkeypatch.setattr(stillness, "TICK_S", 0.05)
    whole = Trainer.training_step

    def hang(self: Trainer, *others: object, **named: object) -> object:
        if self.state.global_step == 1:
            wait_for(lambda: any(quiet.place.endswith("in wait_for") for quiet in of_type(run.events(), Quiet)))
        return whole(self, *others, **named)

    monkeypatch.setattr(Trainer, "training_step", hang)
    run = new_run(runs_root, "max_steps=2", "validation_share=0")
    assert work_on(run) == 0


HOLDS_THE_LOCK = """
import sys, ctypes
from pathlib import Path
from core.engine import stillness
def main():
    with stillness.heard(lambda event: None, Path(sys.argv[1])):
        print("now", flush=True)
        ctypes.PyDLL(None).sleep(600)  # unlike CDLL, PyDLL keeps Python's lock
stillness.TICK_S, stillness.DEAF_S = 0.1, 0.3
exec(compile("main()", "/somewhere/core/engine/__main__.py", "exec"))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the hanging call is of the C library")
def test_a_worker_whose_python_is_held_is_found_out_by_its_followers(
    new_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(silence, "LEAST_S", 0.5)
    log = new_run.path / "events.jsonl"
    log.write_bytes(encode(StateChanged(state="running")))
    script = HOLDS_THE_LOCK.replace('exec(compile("main()", ', 'exec(compile("def main(_=main): _()\\nmain()", ')
    worker = subprocess.Popen([sys.executable, "-c", script, str(new_run.path)], stdout=subprocess.PIPE)
    try:
        write_json(new_run.path / liveness.FILE, liveness.identity_of(worker.pid))
        assert worker.stdout is not None and worker.stdout.readline() == b"now\n"
        wait_for(lambda: "in main" in (new_run.path / silence.STACK_FILE).read_text(), worker)
        heard_events = iter(RunEvents(new_run))
        assert isinstance(next(heard_events), StateChanged)
        quiet = next(heard_events)
        assert isinstance(quiet, Quiet)
        assert "in main" in quiet.place
    finally:
        worker.kill()
        worker.communicate()
