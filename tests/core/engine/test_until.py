"""A run that is to go a share of its way first, and the rest later."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import TunesmithError
from core.events import Checkpoint, Finished, Validation
from core.runs.run import Run
from core.runs.until import FILE, read_until, step_at, write_until
from tests.core.engine.conftest import new_run, of_type, steps_of, work_on

UNEVEN = ("max_steps=7", "validation_steps=5", "lora_dropout=0.1", "checkpoint_steps=100")


def losses(run: Run) -> list[float]:
    return [event.loss for event in steps_of(run)]


def test_it_stops_at_its_share_validated_and_safe_and_ends_as_if_it_had_never_stopped(tmp_path: Path) -> None:
    run, unbroken = new_run(tmp_path, *UNEVEN), new_run(tmp_path, *UNEVEN)
    write_until(run.path, 0.5)
    assert work_on(run) == 0
    events = run.events()
    assert len(steps_of(run)) == 4
    assert [(v.step) for v in of_type(events, Validation)] == [4]
    assert [c.step for c in of_type(events, Checkpoint)] == [4]
    assert of_type(events, Finished)[-1].state == "stopped"

    assert work_on(run) == 0
    assert len(steps_of(run)) == 4, "It was there already, and takes no further step."

    write_until(run.path, 1.0)
    assert work_on(run) == 0 == work_on(unbroken)
    assert run.summary().state == "finished"
    assert losses(run) == losses(unbroken)
    assert of_type(run.events(), Validation)[-1].loss == of_type(unbroken.events(), Validation)[-1].loss


@pytest.mark.parametrize(("share", "steps", "step"), [(0.25, 7, 2), (0.5, 7, 4), (1 / 3, 300, 100), (0.01, 5, 1)])
def test_a_share_is_reached_with_the_first_step_that_completes_it(share: float, steps: int, step: int) -> None:
    assert step_at(share, steps) == step


def test_how_far_it_goes_is_forgotten_where_it_goes_to_its_end(tmp_path: Path) -> None:
    write_until(tmp_path, 0.25)
    assert read_until(tmp_path) == 0.25
    write_until(tmp_path, 1.0)
    assert read_until(tmp_path) == 1.0


def test_a_damaged_note_is_said_and_not_guessed(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"version": 1, "share": 2}')
    with pytest.raises(TunesmithError) as caught:
        read_until(tmp_path)
    assert caught.value.code == "run.incomplete"
