"""What runs were promised and what they took: predicted by each depth against measured, run by run and over all."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence

import msgspec

from core.errors import TunesmithError
from core.fit.values import Depth, Prediction
from core.runs.store import RunStore
from core.runs.summary import RunSummary

DEPTHS: tuple[Depth, ...] = ("instant", "rehearsed", "measured")


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One depth's prediction for one run, beside what the run took.

    `memory_difference`, `speed_difference`: predicted less measured, as a share of measured. Below 0 the memory was
    predicted too low. None where there is nothing to compare.
    """

    depth: Depth
    total_bytes: int
    tokens_per_second: float
    memory_difference: float | None
    speed_difference: float | None


class HistoryRow(msgspec.Struct, frozen=True, kw_only=True):
    """One run: what it took, and what each depth had said."""

    run: str
    model: str
    created: float
    state: str
    peak_memory_bytes: int
    tokens_per_second: float
    predictions: list[Compared]


class DepthSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One depth over all runs that it predicted. Medians and `worst` are of the differences' sizes; `memory_lowest` is
    the difference of the run whose memory was predicted too low by most (above 0: none was)."""

    depth: Depth
    runs: int
    memory_median: float
    memory_worst: float
    memory_lowest: float
    speed_median: float | None
    speed_worst: float | None


class History(msgspec.Struct, frozen=True, kw_only=True):
    """Every run that was measured, newest first, and what each depth is worth. `unmeasured`: runs that say nothing."""

    runs: list[HistoryRow]
    depths: list[DepthSummary]
    unmeasured: int


def history(store: RunStore) -> History:
    """Read every run of `store` that has both a prediction and a measured peak."""
    rows: list[HistoryRow] = []
    unmeasured = 0
    for summary in store.list():
        if summary.error is not None and not summary.model:
            continue
        row = compared(summary, _predictions(store, summary.name))
        if row is None:
            unmeasured += 1
        else:
            rows.append(row)
    found = [_summary(depth, rows) for depth in DEPTHS]
    return History(runs=rows, depths=[one for one in found if one is not None], unmeasured=unmeasured)


def compared(summary: RunSummary, predictions: Sequence[Prediction]) -> HistoryRow | None:
    """One run's promises beside what it took, shallow to deep; None where there is nothing to compare."""
    if not predictions or not summary.peak_memory_bytes or not summary.step:
        return None
    peak, speed = summary.peak_memory_bytes, summary.tokens_per_second
    ordered = sorted(predictions, key=lambda one: DEPTHS.index(one.depth))
    return HistoryRow(
        run=summary.name,
        model=summary.model,
        created=summary.created,
        state=summary.state,
        peak_memory_bytes=peak,
        tokens_per_second=speed,
        predictions=[_compared(one, peak, speed) for one in ordered],
    )


def _predictions(store: RunStore, name: str) -> list[Prediction]:
    """What the run was promised; nothing of a damaged one, whose row in the list of runs says why."""
    try:
        return store.get(name).info().predictions
    except TunesmithError:
        return []


def _compared(predicted: Prediction, peak_bytes: int, tokens_per_second: float) -> Compared:
    return Compared(
        depth=predicted.depth,
        total_bytes=predicted.total_bytes,
        tokens_per_second=predicted.tokens_per_second,
        memory_difference=_difference(predicted.total_bytes, peak_bytes),
        speed_difference=_difference(predicted.tokens_per_second, tokens_per_second),
    )


def _difference(predicted: float, measured: float) -> float | None:
    return predicted / measured - 1 if predicted and measured else None


def _summary(depth: Depth, rows: Iterable[HistoryRow]) -> DepthSummary | None:
    found = [one for row in rows for one in row.predictions if one.depth == depth]
    memory = [one.memory_difference for one in found if one.memory_difference is not None]
    speed = [abs(one.speed_difference) for one in found if one.speed_difference is not None]
    if not memory:
        return None
    return DepthSummary(
        depth=depth,
        runs=len(memory),
        memory_median=statistics.median(abs(one) for one in memory),
        memory_worst=max(abs(one) for one in memory),
        memory_lowest=min(memory),
        speed_median=statistics.median(speed) if speed else None,
        speed_worst=max(speed) if speed else None,
    )
