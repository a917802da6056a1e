"""What whoever leads a sweep decides. In the place of a worker, what it would have written is written at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.errors import TunesmithError
from core.events import RunState
from core.runs.commands import post
from core.runs.liveness import write_own_identity
from core.runs.queue import RunQueue
from core.runs.run import Run
from core.runs.store import RunStore
from core.sweeps.standing import Standing
from core.sweeps.store import STANDING, SweepStatus, SweepStore
from core.sweeps.values import Sweep
from core.tasks import sweep as sweeps
from core.tasks import train
from core.tasks.sweep_driver import Driver
from tests.core.conftest import JOB
from tests.core.sweeps.logs import said, write_log

TOTAL = 40


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, float]]]:
    """Which runs were launched, up to which share. Each then has a log as of a worker that came to it, a second a
    step, and the worse the larger its rank is."""
    names: list[tuple[str, float]] = []

    def launch(run: Run, until: float = 1.0) -> None:
        names.append((run.name, until))
        settings = run.job().settings
        total = settings.max_steps or TOTAL
        steps = round(until * total)
        end: RunState = "finished" if until == 1 else "stopped"
        log = said({steps: 0.1 * settings.lora_rank}, steps=steps, total=total, end=end)
        write_log(run.name, log)

    monkeypatch.setattr(train, "launch", launch)
    yield names


def made(minutes: float = 600.0) -> Sweep:
    return sweeps.create(JOB, {"lora_rank": [8, 4, 16]}, minutes=minutes)


def led(sweep: Sweep) -> SweepStatus:
    """Led until there is nothing more to do."""
    driver = Driver(sweep.name)
    for _ in range(40):
        if driver.advance() is None:
            return SweepStore().kept(sweep.name, "status.json", SweepStatus) or SweepStatus()
    raise AssertionError("It never came to an end.")


def test_it_goes_from_rung_to_rung_and_keeps_the_table(launched: list[tuple[str, float]]) -> None:
    sweep = made()
    assert led(sweep).state == "finished"
    one, two, three = (candidate.run for candidate in sweep.candidates)
    assert launched == [(one, 0.5), (two, 0.5), (three, 0.5), (one, 1.0), (two, 1.0), (sweep.twin, 1.0)]
    table = SweepStore().kept(sweep.name, STANDING, Standing)
    assert table is not None and table.winner == two and table.words.startswith("Rank 4 won")
    assert SweepStore().read(sweep.name).kept_share == 1.0
    twin = RunStore().get(sweep.twin).job().settings
    assert (twin.lora_rank, twin.seed) == (4, JOB.settings.seed + 1)


def test_where_the_budget_is_short_the_first_run_is_made_anew_with_fewer_steps(
    launched: list[tuple[str, float]],
) -> None:
    sweep = made(minutes=2.0)
    assert led(sweep).state == "finished"
    share = SweepStore().read(sweep.name).kept_share
    assert 0.5 < share < 1.0
    first = sweep.candidates[0].run
    assert launched.count((first, 0.5)) == 2
    limits = {RunStore().get(run).job().settings.max_steps for run in sweeps.runs_of(sweep)}
    assert limits == {int(TOTAL * share)}
    spent = sum(RunStore().get(run).summary().seconds for run in sweeps.runs_of(sweep))
    assert spent < 120.0


def test_a_budget_that_is_far_too_short_ends_it_with_one_that_is_enough(launched: list[tuple[str, float]]) -> None:
    status = led(made(minutes=0.4))
    assert status.state == "failed" and status.error is not None
    assert status.error["code"] == "sweep.budget_too_small"
    assert RunStore().list() == [], "The run that only showed the pace is gone."


def test_it_waits_for_a_run_that_is_at_work(launched: list[tuple[str, float]], new_run: Run) -> None:
    write_own_identity(new_run.path)
    driver = Driver(made().name)
    assert driver.advance() is not None
    assert launched == []
    assert SweepStore().status(driver.sweep.name).state == "died", "This process does not lead it by itself."
    kept = SweepStore().kept(driver.sweep.name, "status.json", SweepStatus)
    assert kept is not None and (kept.state, kept.text) == ("waiting", f"Waits for {new_run.name} to end.")
    (new_run.path / "worker.json").unlink()
    driver.advance()
    assert len(launched) == 1


def test_it_waits_for_a_run_that_the_queue_is_about_to_start(launched: list[tuple[str, float]], new_run: Run) -> None:
    queue = RunQueue()
    assert queue.take_office()
    queue.announce(new_run.name)
    driver = Driver(made().name)
    driver.advance()
    assert launched == []
    queue.announce("")
    driver.advance()
    assert len(launched) == 1


def test_memory_is_promised_to_its_runs_for_the_longest_row(launched: list[tuple[str, float]]) -> None:
    known, unknown = (sweeps.create(JOB, {"lora_rank": [4, 8]}, minutes=5, lengths=given) for given in ([90, 20], []))
    found = []
    for sweep in (known, unknown):
        Driver(sweep.name).advance()
        found.append(RunStore().get(sweep.candidates[0].run).info())
    assert [info.predicted_row_tokens for info in found] == [90, JOB.settings.max_seq_length]
    assert found[0].predicted_memory_bytes < found[1].predicted_memory_bytes


def test_it_sees_a_run_that_the_queue_has_started_between_its_two_looks(
    launched: list[tuple[str, float]], new_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = RunQueue.starting

    def started_meanwhile(queue: RunQueue) -> str | None:
        found = looked(queue)
        write_own_identity(new_run.path)
        queue.announce("")
        return found

    monkeypatch.setattr(RunQueue, "starting", started_meanwhile)
    Driver(made().name).advance()
    assert launched == []


def test_told_to_stop_it_ends_and_another_goes_on_where_it_was(launched: list[tuple[str, float]]) -> None:
    sweep = made()
    driver = Driver(sweep.name)
    driver.advance()
    post(SweepStore().folder(sweep.name), "stop")
    assert driver.advance() is None
    kept = SweepStore().kept(sweep.name, "status.json", SweepStatus)
    assert kept is not None and kept.state == "stopped"
    assert len(launched) == 1
    assert led(sweep).state == "finished"
    assert len(launched) == 6, "Nothing was trained twice."


def test_a_run_that_the_person_stops_stops_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    def launch(run: Run, until: float = 1.0) -> None:
        write_log(run.name, said({}, steps=9, total=TOTAL, end="stopped"))

    monkeypatch.setattr(train, "launch", launch)
    status = led(made())
    assert status.state == "stopped" and "was stopped, and with it the sweep" in status.text


def test_a_worker_that_never_says_a_word_ends_it_with_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "launch", lambda run, until=1.0: None)
    status = led(made())
    assert status.error is not None and status.error["code"] == "sweep.worker_died"


def test_where_no_run_can_be_trained_it_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def launch(run: Run, until: float = 1.0) -> None:
        write_log(run.name, said({}, steps=1, total=TOTAL, end="failed"))

    monkeypatch.setattr(train, "launch", launch)
    status = led(made())
    assert status.error is not None and status.error["code"] == "sweep.all_failed"
    assert status.error["why"] == "The memory ran out."


def test_a_model_that_is_gone_ends_it_with_its_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def launch(run: Run, until: float = 1.0) -> None:
        raise TunesmithError("model.not_here", what="It is gone.", why="w", remedy="r", where="")

    monkeypatch.setattr(train, "launch", launch)
    assert led(made()).error is not None
