"""From births and deaths to what a card must have: the peak, what makes it up, and what the allocator reserves."""

from __future__ import annotations

import os
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass

import msgspec

from core.engine.rehearsal.layout import Layout
from core.engine.rehearsal.recorder import Block, Recorder
from core.engine.rehearsal.stretch import Birth, Stretcher
from core.fit.allocator import CachingAllocator, options_from, replay

STEP_BYTES = 512  # the allocator rounds every request up to this (c10/cuda/CUDACachingAllocator.h, kMinBlockSize)
LOADING = ("load", "adapter", "workspace")  # what stands before the first step


@dataclass(frozen=True)
class Peaks:
    """`terms` add up to `allocated_peak_bytes`."""

    terms: dict[str, int]
    allocated_peak_bytes: int
    reserved_peak_bytes: int
    peak_at: str


@dataclass(frozen=True)
class Recording:
    """Blocks, births and deaths with the layers they belong to, and what layers hand on; see `Recorder`."""

    blocks: list[Block]
    events: list[int]
    tags: list[int | None]
    terms: list[str]
    handed: set[int]


def peaks_of(recording: Recording, layout: Layout, *, on_card: bool) -> Peaks:
    """The peaks of the whole model's training, loading included.

    Raises:
        Inexact: the recording does not repeat over the layers.
    """
    blocks, term_of = recording.blocks, recording.terms
    size_of = [-(-block.size_bytes // STEP_BYTES) * STEP_BYTES for block in blocks]
    now = peak = 0
    terms: Counter[str] = Counter()
    at_peak: dict[str, int] = {}
    where = ""
    trace: list[tuple[int, int]] = []
    numbers: dict[tuple[int, int | None], int] = {}
    for event in Stretcher(blocks, recording.events, recording.tags, recording.handed, layout).events():
        block = event.key[0]
        if isinstance(event, Birth):
            numbers[event.key] = len(trace)
            trace.append((len(trace), size_of[block]))
            now += size_of[block]
            terms[term_of[block]] += size_of[block]
            if now > peak and blocks[block].phase not in LOADING:
                peak, at_peak, where = now, dict(terms), f"{blocks[block].phase}: {blocks[block].operation}"
        else:
            trace.append((numbers.pop(event.key), 0))
            now -= size_of[block]
            terms[term_of[block]] -= size_of[block]
    return Peaks(
        terms=at_peak,
        allocated_peak_bytes=peak,
        reserved_peak_bytes=_reserved(_warmed(trace, recording, layout)) if on_card else 0,
        peak_at=where,
    )


def _reserved(trace: list[tuple[int, int]]) -> int:
    """By the allocator as the training worker sets it up. Expandable segments are there on Linux alone."""
    options = options_from(os.environ.get("PYTORCH_ALLOC_CONF", ""))
    if sys.platform != "linux":
        options = msgspec.structs.replace(options, expandable_segments=False)
    return replay(CachingAllocator(options), trace).reserved_peak_bytes


def _warmed(trace: list[tuple[int, int]], recording: Recording, layout: Layout) -> list[tuple[int, int]]:
    """transformers asks for the room of all weights at once before it loads them, and gives it back
    (`caching_allocator_warmup`), so that they come to lie in one segment."""
    weights = 0
    for number, term in enumerate(recording.terms):
        if term == "weights":
            block = recording.blocks[number]
            weights += block.size_bytes * (1 if block.layer is None else layout.like.count(block.layer))
    key = len(trace)
    return [(key, weights), (key, 0), *trace]


def two_steps(recorder: Recorder) -> Recording:
    """The recorded step twice: in the second the optimiser's states are there already, and what the first left."""
    blocks = list(recorder.blocks)
    dead = {~event for event in recorder.events if event < 0}
    terms = [term_of(number, block, number not in dead, recorder) for number, block in enumerate(blocks)]
    start, end = recorder.marks["step"][0], recorder.marks["step done"][0]
    events, again = recorder.events[:end], dict[int, int]()
    tags = recorder.tags[:end]
    left = _left(recorder, start, end)
    for place in range(start, end):
        for block in left.get(place, ()):
            events.append(~block)
            tags.append(blocks[block].layer)
        event = recorder.events[place]
        if event >= 0:
            if terms[event] == "optimizer":
                continue
            again[event] = len(blocks)
            blocks.append(blocks[event])
            terms.append(terms[event])
            events.append(again[event])
        elif ~event in again:
            events.append(~again[~event])
        else:
            continue  # what was there before the first step died in it
        tags.append(recorder.tags[place])
    handed = recorder.handed | {again[block] for block in recorder.handed if block in again}
    return Recording(blocks, events, tags, terms, handed)


def _left(recorder: Recorder, start: int, end: int) -> dict[int, list[int]]:
    """What transformers' loop (5.24) still holds by a name after a step, by the moment of the next step at which that
    name is given anew: batches and their count, the loss, the gradients' norm."""
    done = recorder.marks["batch done"]
    moments = {"forward": recorder.marks["begun"][0], "head": done[0], "backward": done[0], "clip": done[-1]}
    born = {event for event in recorder.events[start:end] if event >= 0}
    left: dict[int, list[int]] = defaultdict(list)
    for event in recorder.events[end:]:
        if event < 0 and ~event in born and recorder.blocks[~event].phase in moments:
            left[moments[recorder.blocks[~event].phase]].append(~event)
    return left


def term_of(number: int, block: Block, stays: bool, recorder: Recorder) -> str:
    """The term of the estimate that a block counts towards."""
    if block.phase == "load":
        return "weights" if stays else "workspace"
    if block.phase in ("adapter", "workspace"):
        return block.phase
    if number in recorder.gradients:
        return "gradients"
    if block.phase == "optimizer":
        return "optimizer" if stays else "workspace"
    if "scratch" in block.operation or "dequantize" in block.operation:
        return "workspace"
    return "logits" if block.phase == "head" else "activations"
