"""Standing: a sweep as one table, and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

from core.sweeps.budget import left_s
from core.sweeps.halving import Course, Ranking, next_piece, rank
from core.sweeps.reading import CandidateLog
from core.sweeps.store import SweepState, SweepStatus
from core.sweeps.values import Sweep, Value
from core.sweeps.words import change_words, share_word, won_words

Place = Literal["waiting", "training", "in", "dropped", "failed", "second", "won"]
"""`in`: still in the race, and it is others' turn. `second`: went to the end and did not win."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a sweep.

    `words`: what tells it apart. `losses`: its best validation loss up to each rung that it came to, nats a token.
    `dropped_at`: the rung after which it went no further. `note`: where it stands, in words.
    """

    run: str
    changes: dict[str, Value]
    words: str
    place: Place
    note: str
    losses: list[float]
    dropped_at: int | None = None
    step: int = 0
    steps_total: int = 0
    seconds: float = 0.0
    peak_memory_bytes: int = 0


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A sweep at one moment. `error` is the driver's. `lead`, `noise`: as `core.sweeps.words.won_words`.

    `spent_s`: what all runs took so far. `kept_share`: of every run's steps that the budget allows.
    """

    name: str
    state: SweepState
    text: str
    created: float
    model: str
    varied: list[str]
    rungs: list[float]
    rows: list[Row]
    twin: Row | None
    winner: str
    lead: float | None
    noise: float | None
    words: str
    budget_s: float
    spent_s: float
    left_s: float
    kept_share: float

    @property
    def share(self) -> float:
        """How much is done, 0 to 1, by time."""
        if self.state == "finished":
            return 1.0
        whole = self.spent_s + self.left_s
        return self.spent_s / whole if whole and self.left_s else 0.0


def standing(sweep: Sweep, logs: Mapping[str, CandidateLog], status: SweepStatus) -> Standing:
    """How `sweep` stands, by its runs' logs as they were read last.

    Args:
        logs: of every candidate and of the twin, by run.
    """
    courses = {run: log.course(sweep.rungs) for run, log in logs.items()}
    ranking = rank(sweep, courses)
    piece = next_piece(sweep, courses)
    at_work = piece.run if piece is not None and status.state == "running" else ""
    rows = [
        _row(sweep, one.run, one.changes, courses[one.run], logs[one.run], _place(one.run, courses, ranking, at_work))
        for one in sweep.candidates
    ]
    twin = _twin(sweep, courses[sweep.twin], logs[sweep.twin], ranking, at_work)
    lead, noise = _lead(ranking, courses), _noise(sweep, ranking, courses)
    is_over = bool(ranking.winner) and piece is None
    spent = sum(course.seconds for course in courses.values())
    return Standing(
        name=sweep.name,
        state=status.state,
        text=status.text if status.error is None else status.error["what"],
        created=sweep.created,
        model=sweep.base.model.id,
        varied=sweep.varied,
        rungs=sweep.rungs,
        rows=rows,
        twin=twin,
        winner=ranking.winner,
        lead=lead,
        noise=noise,
        words=_words(sweep, ranking, courses, lead, noise) if is_over else "",
        budget_s=sweep.budget_s,
        spent_s=spent,
        left_s=left_s(sweep, courses),
        kept_share=sweep.kept_share,
    )


def _place(run: str, courses: Mapping[str, Course], ranking: Ranking, at_work: str) -> Place:
    if run == ranking.winner:
        return "won"
    if courses[run].failed and run in ranking.dropped:
        return "failed"
    if run in ranking.dropped:
        return "dropped"
    if run == at_work:
        return "training"
    if ranking.winner:
        return "second"
    return "in" if courses[run].step else "waiting"


def _row(sweep: Sweep, run: str, changes: dict[str, Value], course: Course, log: CandidateLog, place: Place) -> Row:
    at = len(course.losses) - 1 if place in ("dropped", "failed") else None
    return Row(
        run=run,
        changes=changes,
        words=change_words(changes, sweep.varied),
        place=place,
        note=_note(place, course, sweep),
        losses=list(course.losses),
        dropped_at=at if at is not None and at >= 0 else None,
        step=course.step,
        steps_total=course.steps_total,
        seconds=course.seconds,
        peak_memory_bytes=log.peak_memory_bytes,
    )


def _note(place: Place, course: Course, sweep: Sweep) -> str:
    match place:
        case "won":
            return "won"
        case "second":
            return "went to the end"
        case "failed":
            return course.failed
        case "dropped":
            return f"dropped at {share_word(sweep.rungs[max(0, len(course.losses) - 1)])}"
        case "training":
            return f"step {course.step:,} of {course.steps_total:,}" if course.step else "starting"
        case "in":
            return "goes on" if course.losses else "begun"
        case _:
            return "waits for its turn"


def _twin(sweep: Sweep, course: Course, log: CandidateLog, ranking: Ranking, at_work: str) -> Row | None:
    """The row of the run that shows the seeds' noise, once its settings are known."""
    changes = next((one.changes for one in sweep.candidates if one.run == ranking.winner), None)
    if changes is None or not (course.seconds or course.failed or at_work == sweep.twin):
        return None
    place: Place = "failed" if course.failed else "training" if at_work == sweep.twin else "in"
    if len(course.losses) == len(sweep.rungs):
        place = "second"
    return _row(sweep, sweep.twin, changes | {"seed": sweep.twin_seed}, course, log, place)


def _lead(ranking: Ranking, courses: Mapping[str, Course]) -> float | None:
    if not ranking.winner or not ranking.runner_up:
        return None
    return courses[ranking.runner_up].losses[-1] - courses[ranking.winner].losses[-1]


def _noise(sweep: Sweep, ranking: Ranking, courses: Mapping[str, Course]) -> float | None:
    twin = courses[sweep.twin]
    if not ranking.winner or len(twin.losses) < len(sweep.rungs):
        return None
    return abs(twin.losses[-1] - courses[ranking.winner].losses[-1])


def _words(
    sweep: Sweep, ranking: Ranking, courses: Mapping[str, Course], lead: float | None, noise: float | None
) -> str:
    named = {one.run: change_words(one.changes, sweep.varied) for one in sweep.candidates}
    runner_up = named.get(ranking.runner_up, "")
    cheaper = ""
    if ranking.runner_up:
        cheaper = named[min((ranking.winner, ranking.runner_up), key=lambda run: courses[run].seconds)]
    return won_words(
        named[ranking.winner], courses[ranking.winner].losses[-1], lead, noise, runner_up=runner_up, cheaper=cheaper
    )


def title_of(sweep: Sweep, words: str) -> str:
    """What a run of a sweep is called among the runs: “Sweep of 3 May 14:05: rank 32, learning rate 2e-4”."""
    made = datetime.fromtimestamp(sweep.created)
    return f"Sweep of {made.day} {made:%b %H:%M}: {words}"
