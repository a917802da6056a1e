"""What a run's curves are taken for. The courses are drawn by formulas whose right answer is known."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from core.runs.verdict import Course, verdict
from core.settings import TrainingSettings

STEPS = 200
Curve = Callable[[float], float]


def course(training: Curve, validation: Curve, *, noise: float = 0.1, seed: int = 0) -> Course:
    """A run of three epochs, as functions of the share that is done, with the noise of small batches."""
    chance = random.Random(seed)
    return Course(
        training=[(step, training(step / STEPS) + chance.gauss(0, noise)) for step in range(1, STEPS + 1)],
        validation=[
            (step, validation(step / STEPS) + chance.gauss(0, noise / 50)) for step in range(20, STEPS + 1, 20)
        ],
        validation_rows=20,
        steps_total=STEPS,
        epochs=3.0,
    )


def learns_for_ever(share: float) -> float:
    return 3.0 - 0.4 * math.log(1 + 20 * share)


def saturates(share: float) -> float:
    return 1.2 + 1.5 * math.exp(-share * 12)


def learns_by_heart(share: float) -> float:
    return 2.5 * math.exp(-share * 3)


def forgets(share: float) -> float:
    return 1.5 + 1.2 * (share - 0.4) ** 2 if share > 0.4 else 1.5 + 6 * (share - 0.4) ** 2


@pytest.mark.parametrize("seed", range(5))
def test_a_run_that_learns_to_its_end_wants_a_longer_one(seed: int) -> None:
    found = verdict(course(learns_for_ever, learns_for_ever, seed=seed), TrainingSettings())
    assert found.verdict == "still_learning"
    assert found.changes == {"epochs": 4.5} and found.advice == "Try next: 4.5 epochs."
    assert found.curve == "validation" and len(found.points) == 10 and found.points[-1][0] == STEPS


@pytest.mark.parametrize("seed", range(5))
def test_a_straight_fall_wants_a_higher_rate(seed: int) -> None:
    found = verdict(course(lambda x: 3 - x, lambda x: 3 - x, seed=seed), TrainingSettings(learning_rate=1e-4))
    assert found.verdict == "still_learning" and found.changes == {"learning_rate": 2e-4}


@pytest.mark.parametrize("seed", range(5))
def test_a_run_that_has_levelled_off_is_done_and_more_room_is_tried(seed: int) -> None:
    found = verdict(course(saturates, saturates, seed=seed), TrainingSettings())
    assert found.verdict == "done" and found.changes == {"lora_rank": 32, "lora_alpha": 64}


def test_a_loss_near_nothing_is_done_however_it_wobbles() -> None:
    tiny: Curve = lambda x: 2 * math.exp(-x * 30) + 0.002 + 0.001 * math.sin(40 * x)  # noqa: E731
    assert verdict(course(tiny, tiny, noise=0.001), TrainingSettings()).verdict == "done"


@pytest.mark.parametrize("seed", range(5))
def test_a_run_that_learns_by_heart_wants_to_end_where_it_was_best(seed: int) -> None:
    found = verdict(course(learns_by_heart, forgets, seed=seed), TrainingSettings())
    assert found.verdict == "overfitted" and found.changes == {"epochs": 1.2}
    assert "step 80" in found.words and (80, pytest.approx(1.5, abs=0.02)) in found.points


def test_learning_by_heart_from_the_start_is_the_rates_fault() -> None:
    found = verdict(course(learns_by_heart, lambda x: 1.5 + x), TrainingSettings())
    assert found.verdict == "overfitted" and found.changes == {"learning_rate": 6.7e-5}


@pytest.mark.parametrize("seed", range(5))
def test_a_training_loss_that_rises_again_is_unstable(seed: int) -> None:
    rises: Curve = lambda x: 2 - x if x < 0.5 else 1.5 + 2 * (x - 0.5)  # noqa: E731
    found = verdict(course(rises, rises, seed=seed), TrainingSettings())
    assert found.verdict == "unstable" and found.curve == "training"
    assert found.changes == {"learning_rate": 6.7e-5}


def test_a_training_that_fell_apart_is_unstable_however_short() -> None:
    short = replace(course(saturates, saturates), training=[(1, 2.0)], validation=[], fell_apart=True)
    assert verdict(short, TrainingSettings()).verdict == "unstable"


@pytest.mark.parametrize("noise", [0.3, 0.6])
def test_the_noise_of_small_batches_is_no_instability(noise: float) -> None:
    found = {verdict(course(saturates, saturates, noise=noise, seed=s), TrainingSettings()).verdict for s in range(20)}
    assert "unstable" not in found


def test_too_little_says_what_is_missing() -> None:
    whole = course(saturates, saturates)
    few_steps = replace(whole, training=whole.training[:5], epochs=0.1)
    none_held = replace(whole, validation=[], validation_rows=0)
    few_rows = replace(whole, validation_rows=2)
    few_looks = replace(whole, validation=whole.validation[:2])
    settings = TrainingSettings()
    for given, changes in (
        (few_steps, {"epochs": 0.3}),
        (none_held, {"validation_share": 0.05}),
        (few_rows, {"validation_share": 0.1}),
        (few_looks, {"validation_steps": 20}),
    ):
        found = verdict(given, settings)
        assert (found.verdict, found.changes) == ("too_little_data_to_say", changes)
    short = replace(few_looks, training=whole.training[:10])
    assert verdict(short, settings).advice == "Try next: a validation every step."


def test_a_step_limit_is_changed_where_it_ends_the_run() -> None:
    limited = TrainingSettings(max_steps=STEPS)
    longer = verdict(course(learns_for_ever, learns_for_ever), limited)
    assert longer.changes == {"max_steps": 300, "epochs": 4.5}
    assert verdict(course(learns_by_heart, forgets), limited).changes["max_steps"] == 80


def test_a_run_that_was_stopped_while_it_learnt_is_to_be_resumed() -> None:
    stopped = replace(course(learns_for_ever, learns_for_ever), steps_total=1000, ended_itself=False)
    found = verdict(stopped, TrainingSettings())
    assert found.verdict == "still_learning" and found.changes == {} and "resume" in found.advice


def test_every_change_is_one_that_settings_can_have() -> None:
    for training, validation in ((learns_for_ever,) * 2, (saturates,) * 2, (learns_by_heart, forgets)):
        for settings in (
            TrainingSettings(),
            TrainingSettings(lora_rank=1024, lora_alpha=4096, epochs=1000, max_steps=7),
        ):
            settings.changed(**verdict(course(training, validation), settings).changes)
