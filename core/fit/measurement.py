"""Measurement: what real steps of a model with few of its layers took, and what follows for all of them.

Layers of one kind are equal, so a model with one more of a kind takes that layer's own memory and time more. What is
left when one of each kind is taken away belongs to everything else: embeddings, head, loss, the program.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median

import msgspec


class MeasuredPoint(msgspec.Struct, frozen=True, kw_only=True):
    """One model with few layers, loaded and trained for some steps.

    Attributes:
        layers: how many layers of each kind it had; `of_model` how many the whole model has.
        loading_peak_bytes, step_peak_bytes: the most while loading (0 where that cannot be told apart) and while
            training. On a card what the allocator reserved, on a processor what was resident, the program with it.
        allocated_peak_bytes: of the steps, on a card what of the reserved bytes was in use; 0 on a processor.
        batch_s: seconds of each timed micro-batch; `besides_s` what each step took beside its micro-batches (clipping,
            the optimiser, the log).
        ran_out: the memory ran out; what was measured until then stands here.
    """

    layers: list[int]
    of_model: list[int]
    loading_peak_bytes: int = 0
    step_peak_bytes: int = 0
    allocated_peak_bytes: int = 0
    batch_s: list[float] = []
    besides_s: list[float] = []
    ran_out: bool = False


class MeasuredPart(msgspec.Struct, frozen=True, kw_only=True):
    """One layer of a kind, of which the model has `count`; or, `kind` -1, everything else.

    Bytes as in `MeasuredPoint`; seconds of a micro-batch and of the rest of a step, both of the quickest, because
    whatever else a machine does makes a step slower and never quicker.
    """

    kind: int
    count: int
    loading_bytes: int
    step_bytes: int
    allocated_bytes: int
    batch_s: float
    besides_s: float


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """What one training process takes, extrapolated from few layers to all.

    Attributes:
        parts: everything else first, then a layer of each kind; of a kind with a single layer that one is part of
            everything else.
        peak_bytes: the whole model's, context included: the larger of loading and training.
        allocated_peak_bytes: what of it tensors hold; 0 on a processor.
        context_bytes: on a card the driver's context, 0 where the driver does not tell; on a processor the program
            itself, resident before a model was loaded.
        batch_s, batch_low_s, batch_high_s: seconds of a micro-batch: the middle, the quickest, the slowest.
        besides_s: seconds of the rest of a step.
        tokens: of one micro-batch, padding included.
        layers_built: the most that were built at once.
        ran_out: a model with few layers already had too little memory; there are no figures then.
        seconds: what measuring took; `versions` of the libraries whose code was run.
    """

    device_name: str
    on_card: bool
    parts: list[MeasuredPart]
    peak_bytes: int
    allocated_peak_bytes: int
    context_bytes: int
    batch_s: float
    batch_low_s: float
    batch_high_s: float
    besides_s: float
    tokens: int
    layers: int
    layers_built: int
    ran_out: bool
    seconds: float
    versions: dict[str, str]


def kinds_to_double(of_model: Sequence[int]) -> list[int]:
    """The kinds of which a model with one more layer must be measured: those with more layers than one."""
    return [kind for kind, count in enumerate(of_model) if count > 1]


def measurement_of(
    points: Sequence[MeasuredPoint],
    *,
    on_card: bool,
    device_name: str,
    context_bytes: int,
    tokens: int,
    seconds: float,
    versions: dict[str, str],
) -> Measurement:
    """From the points to the whole model: all parts times their counts.

    Args:
        points: the model with one layer of each kind; then, for each of `kinds_to_double`, that with one more of it.
            Where one ran out of memory, nothing need follow.
    """
    ran_out = any(point.ran_out for point in points)
    parts = [] if ran_out else _parts(points)
    whole = [sum(part.count * _figures(part)[place] for part in parts) for place in range(5)]
    middle, slowest = (1.0, 1.0) if ran_out else (_slowed(points, median), _slowed(points, max))
    return Measurement(
        device_name=device_name,
        on_card=on_card,
        parts=parts,
        peak_bytes=0 if ran_out else _peak_bytes(whole, points, context_bytes, on_card=on_card),
        allocated_peak_bytes=int(whole[2]),
        context_bytes=context_bytes,
        batch_s=whole[3] * middle,
        batch_low_s=whole[3],
        batch_high_s=whole[3] * slowest,
        besides_s=whole[4] * middle,
        tokens=tokens,
        layers=sum(points[0].of_model),
        layers_built=max(sum(point.layers) for point in points),
        ran_out=ran_out,
        seconds=seconds,
        versions=versions,
    )


def _slowed(points: Sequence[MeasuredPoint], of: Callable[[list[float]], float]) -> float:
    """How much slower than the quickest micro-batches the middle or slowest ones were, over all points."""
    return sum(of(point.batch_s) for point in points) / sum(min(point.batch_s) for point in points)


def _peak_bytes(whole: Sequence[float], points: Sequence[MeasuredPoint], context_bytes: int, *, on_card: bool) -> int:
    """On a card what is allocated grows evenly with the layers, and what is reserved in jumps: so the first is
    extrapolated, and the most that the allocator held beyond it is added."""
    loading, step, allocated = (int(number) for number in whole[:3])
    if not on_card:
        return max(loading, step)
    beyond = max(point.step_peak_bytes - point.allocated_peak_bytes for point in points)
    return max(loading, allocated + beyond) + context_bytes


def _parts(points: Sequence[MeasuredPoint]) -> list[MeasuredPart]:
    base, of_model = points[0], points[0].of_model
    left = _quickest(base)
    layers = []
    for kind, more in zip(kinds_to_double(of_model), points[1:], strict=True):
        one = _minus(_quickest(more), _quickest(base))
        left = _minus(left, one)
        layers.append(_part(kind, of_model[kind], one))
    return [_part(-1, 1, left), *layers]


Figures = tuple[float, ...]  # bytes of loading, of a step, allocated; seconds of a micro-batch, of the rest of a step


def _quickest(point: MeasuredPoint) -> Figures:
    sizes = (point.loading_peak_bytes, point.step_peak_bytes, point.allocated_peak_bytes)
    return (*sizes, min(point.batch_s), min(point.besides_s))


def _figures(part: MeasuredPart) -> Figures:
    return (part.loading_bytes, part.step_bytes, part.allocated_bytes, part.batch_s, part.besides_s)


def _minus(more: Figures, less: Figures) -> Figures:
    """Never below nothing: a layer that seems to take less than none is lost in the noise."""
    return tuple(max(0, a - b) for a, b in zip(more, less, strict=True))


def _part(kind: int, count: int, figures: Figures) -> MeasuredPart:
    loading, step, allocated, batch_s, besides_s = figures
    return MeasuredPart(
        kind=kind,
        count=count,
        loading_bytes=int(loading),
        step_bytes=int(step),
        allocated_bytes=int(allocated),
        batch_s=float(batch_s),
        besides_s=float(besides_s),
    )
