"""One case of the comparison: a small model really trained, and rehearsed; what differs, block by block."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from core.engine.attention import DOCUMENTS
from core.engine.joining import joins
from core.engine.rehearsal import stage
from core.engine.rehearsal.peaks import LOADING, STEP_BYTES, Recording, two_steps
from core.engine.rehearsal.rehearse import record, rehearse
from core.engine.rehearsal.skeleton import build
from core.engine.rehearsal.stretch import Birth, Stretcher
from core.settings import TrainingSettings
from tests.benchmarks.rehearsal import small_models, tracked


class Case(NamedTuple):
    """A small model and the settings that it is trained under."""

    model: str
    settings: TrainingSettings


class Change(NamedTuple):
    """A birth (+1) or a death (−1) of a storage."""

    sign: int
    size_bytes: int
    term: str
    phase: str
    operation: str


def compare(case: Case, *, whole: bool = True) -> dict[str, Any]:
    """The two peaks with their terms; `why` lists what lives at one peak and not at the other.

    Args:
        whole: also compare with a rehearsal of all layers; else `whole_equal` is None.
    """
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root) / "model"
        small_models.save(case.model, folder)
        stage.tokenizer().save_pretrained(folder)
        recording = tracked.track(folder, case.settings, small_models.VOCABULARY, Path(root) / "out")
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    rehearsed = rehearse(config, case.settings, None)
    entire = rehearse(config, case.settings, None, whole=True) if whole else None
    real = peak_of(changes_of(recording))
    terms = {term: size for term, size in rehearsed.terms.items() if size}
    equal = (sum(real.values()), real) == (rehearsed.allocated_peak_bytes, terms)
    return {
        "model": case.model,
        "settings": _told(case.settings),
        "layers": rehearsed.layers,
        "layers_built": rehearsed.layers_built,
        "tracked_bytes": sum(real.values()),
        "rehearsed_bytes": rehearsed.allocated_peak_bytes,
        "terms": real,
        "equal": equal,
        "whole_equal": entire and (entire.allocated_peak_bytes, entire.terms) == (sum(terms.values()), rehearsed.terms),
        "why": [] if equal else _difference(recording, config, case.settings),
    }


def changes_of(recording: Recording) -> Iterator[Change]:
    """The births and deaths of a real training in their order."""
    for event in recording.events:
        block = event if event >= 0 else ~event
        yield _change(recording, block, born=event >= 0)


def peak_of(changes: Iterator[Change]) -> dict[str, int]:
    """Bytes by term when most is allocated, in the allocator's steps; loading does not count."""
    now = most = 0
    terms: Counter[str] = Counter()
    best: dict[str, int] = {}
    for change in changes:
        size_bytes = change.sign * -(-change.size_bytes // STEP_BYTES) * STEP_BYTES
        now += size_bytes
        terms[change.term] += size_bytes
        if now > most and change.sign > 0 and change.phase not in LOADING:
            most, best = now, {term: size for term, size in terms.items() if size}
    return best


def _change(recording: Recording, number: int, *, born: bool) -> Change:
    block = recording.blocks[number]
    return Change(1 if born else -1, block.size_bytes, recording.terms[number], block.phase, block.operation)


def _difference(recording: Recording, config: dict[str, Any], settings: TrainingSettings) -> list[str]:
    """What lives at the one peak and not at the other, a line for each size and term."""
    skeleton = build(config, settings, DOCUMENTS if joins(settings) else "sdpa")
    again = two_steps(record(skeleton, settings, None))
    stretched = Stretcher(again.blocks, again.events, again.tags, again.handed, skeleton.layout).events()
    rehearsed = [_change(again, event.key[0], born=isinstance(event, Birth)) for event in stretched]
    real, other = _alive(changes_of(recording)), _alive(iter(rehearsed))
    lines = []
    for size_bytes, term in sorted({(change.size_bytes, change.term) for change in real + other}):
        here, there = (Counter(_operations(alive, size_bytes, term)) for alive in (real, other))
        if here.total() != there.total():
            only = ", ".join(f"{name} ×{count}" for name, count in ((here - there) + (there - here)).most_common(4))
            lines.append(f"{term}: {here.total()} blocks of {size_bytes} B tracked, {there.total()} rehearsed ({only})")
    return lines


def _operations(alive: Counter[Change], size_bytes: int, term: str) -> dict[str, int]:
    found: Counter[str] = Counter()
    for change, count in alive.items():
        if (change.size_bytes, change.term) == (size_bytes, term):
            found[f"{change.phase} {change.operation}"] += count
    return dict(found)


def _alive(changes: Iterator[Change]) -> Counter[Change]:
    """What lives at the peak."""
    now = most = 0
    alive: Counter[Change] = Counter()
    best: Counter[Change] = Counter()
    for change in changes:
        now += change.sign * -(-change.size_bytes // STEP_BYTES) * STEP_BYTES
        alive[change._replace(sign=1)] += change.sign
        if now > most and change.sign > 0 and change.phase not in LOADING:
            most, best = now, +alive
    return best


def _told(settings: TrainingSettings) -> dict[str, Any]:
    """What differs from the defaults."""
    default = msgspec.structs.asdict(TrainingSettings())
    return {name: value for name, value in msgspec.structs.asdict(settings).items() if value != default[name]}
