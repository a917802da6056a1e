from __future__ import annotations

import random

import pytest

from core.job import DatasetRef, ModelRef, TrainingJob
from core.settings import TrainingSettings
from core.sweeps.halving import Course, Piece, field_sizes, next_piece, rank, rungs_for, whole_runs
from core.sweeps.values import Candidate, Sweep

JOB = TrainingJob(
    model=ModelRef(source="starter", id="starter"),
    dataset=DatasetRef(source="sample", path="sample"),
    settings=TrainingSettings(),
)


def sweep_of(count: int) -> Sweep:
    ranks = [4 * number for number in range(1, count + 1)]
    return Sweep(
        name="s",
        base=JOB,
        vary={"lora_rank": list(ranks)},
        candidates=[Candidate(run=f"s-{n}", changes={"lora_rank": rank}) for n, rank in enumerate(ranks, start=1)],
        twin="s-seed",
        twin_seed=43,
        rungs=rungs_for(count),
        budget_s=600.0,
    )


def lived_through(sweep: Sweep, true_losses: list[float]) -> tuple[list[Piece], dict[str, Course]]:
    """All pieces of a sweep whose runs have these losses from the first rung to the last."""
    losses = {one.run: loss for one, loss in zip(sweep.candidates, true_losses, strict=True)} | {sweep.twin: 0.5}
    courses: dict[str, Course] = {}
    pieces = []
    while (piece := next_piece(sweep, courses)) is not None:
        pieces.append(piece)
        courses[piece.run] = Course(losses=(losses[piece.run],) * (piece.rung + 1), seconds=1.0)
    return pieces, courses


@pytest.mark.parametrize(
    ("count", "rungs"), [(2, [1]), (3, [0.5, 1]), (4, [0.5, 1]), (5, [0.25, 0.5, 1]), (8, [0.25, 0.5, 1])]
)
def test_there_is_a_rung_for_each_halving_and_two_go_to_the_end(count: int, rungs: list[float]) -> None:
    assert rungs_for(count) == rungs
    assert field_sizes(count, rungs)[-1] == 2


def test_six_cost_less_than_half_of_all_of_them_twice() -> None:
    assert field_sizes(6, rungs_for(6)) == [6, 3, 2]
    assert whole_runs(6, rungs_for(6), with_twin=False) == 6 * 0.25 + 3 * 0.25 + 2 * 0.5
    assert whole_runs(6, rungs_for(6)) == 4.25


def test_the_losing_half_is_dropped_at_each_rung_and_the_winner_is_trained_once_more() -> None:
    sweep = sweep_of(6)
    pieces, courses = lived_through(sweep, [0.9, 0.5, 0.8, 0.4, 0.7, 0.6])
    assert [(piece.run, piece.rung) for piece in pieces] == [
        *[(f"s-{n}", 0) for n in range(1, 7)],
        ("s-2", 1), ("s-4", 1), ("s-6", 1),
        ("s-2", 2), ("s-4", 2),
        ("s-seed", 2),
    ]  # fmt: skip
    assert pieces[-1].is_twin
    ranking = rank(sweep, courses)
    assert (ranking.winner, ranking.runner_up) == ("s-4", "s-2")
    assert ranking.dropped == {"s-1": 0, "s-3": 0, "s-5": 0, "s-6": 1}


@pytest.mark.parametrize("count", range(2, 9))
def test_the_best_always_wins_where_the_order_stays_and_the_cost_is_what_was_said(count: int) -> None:
    chance = random.Random(count)
    losses = [chance.random() for _ in range(count)]
    sweep = sweep_of(count)
    pieces, courses = lived_through(sweep, losses)
    assert rank(sweep, courses).winner == f"s-{losses.index(min(losses)) + 1}"
    done: dict[str, float] = {}
    spent = 0.0
    for piece in pieces:
        spent += sweep.rungs[piece.rung] - done.get(piece.run, 0.0)
        done[piece.run] = sweep.rungs[piece.rung]
    assert spent == pytest.approx(whole_runs(count, sweep.rungs))


def test_what_failed_counts_among_the_losers() -> None:
    sweep = sweep_of(4)
    courses = {"s-1": Course(failed="Out of memory."), "s-2": Course((0.5,)), "s-3": Course((0.9,))}
    assert next_piece(sweep, courses) == Piece("s-4", 0)
    courses["s-4"] = Course((0.7,))
    assert next_piece(sweep, courses) == Piece("s-2", 1)
    courses |= {"s-2": Course((0.5,), failed="Its process died."), "s-4": Course((0.7, 0.6))}
    ranking = rank(sweep, courses)
    assert (ranking.winner, ranking.runner_up) == ("s-4", "")
    assert ranking.dropped == {"s-1": 0, "s-3": 0, "s-2": 1}


def test_where_all_failed_nothing_more_is_trained() -> None:
    sweep = sweep_of(3)
    courses = {one.run: Course(failed="No.") for one in sweep.candidates}
    assert next_piece(sweep, courses) is None
    assert rank(sweep, courses).winner == ""


def test_the_twin_is_left_out_where_the_budget_is_far_overdrawn_but_not_given_up_half_way() -> None:
    sweep = sweep_of(2)
    courses = {"s-1": Course((0.5,), seconds=500.0), "s-2": Course((0.4,), seconds=500.0)}
    assert next_piece(sweep, courses) is None
    assert next_piece(sweep, courses | {sweep.twin: Course(seconds=5.0)}) == Piece(sweep.twin, 0, is_twin=True)
    cheap = {"s-1": Course((0.5,), seconds=200.0), "s-2": Course((0.4,), seconds=200.0)}
    assert next_piece(sweep, cheap) == Piece(sweep.twin, 0, is_twin=True)
    assert next_piece(sweep, cheap | {sweep.twin: Course(failed="Died.")}) is None


def test_equal_losses_keep_the_order_of_the_candidates() -> None:
    sweep = sweep_of(4)
    courses = {one.run: Course((0.5,)) for one in sweep.candidates}
    assert rank(sweep, courses).rungs[1] == ("s-1", "s-2")
