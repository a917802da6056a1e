"""Rehearsed references, kept in a folder so that a repeated comparison takes no time."""

from __future__ import annotations

import ast
import functools
import hashlib
import os
import sys
from pathlib import Path

import msgspec

from core.errors import TunesmithError
from core.fit.rehearsal import RehearsedCard
from core.fit.versions import versions
from core.models import catalogue
from core.settings import TrainingSettings
from tests.benchmarks.fit.drawn import Case

CAPABILITY = (8, 6)  # an RTX 3090's
ENGINE = Path(__file__).parents[3] / "core" / "engine"


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """What a rehearsal says of one case, or why it says nothing. `code` is the digest of the engine that was run."""

    model: str
    settings: TrainingSettings
    terms: dict[str, int] = {}
    allocated_peak_bytes: int = 0
    reserved_peak_bytes: int = 0
    peak_at: str = ""
    layers_built: int = 0
    seconds: float = 0.0
    failed: str = ""
    code: str = ""


@functools.cache
def code_digest() -> str:
    """Of the engine's files that a rehearsal imports: references of another are told apart in the result."""
    digest = hashlib.sha256()
    for file in sorted(_imported(ENGINE / "rehearsal" / "rehearse.py", set())):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _imported(file: Path, found: set[Path]) -> set[Path]:
    """`file` and all of the engine's that it imports, and they in turn."""
    found.add(file)
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("core.engine"):
            place = ENGINE.parents[1].joinpath(*str(node.module).split("."))
            for candidate in (place.with_suffix(".py"), *(place / f"{alias.name}.py" for alias in node.names)):
                if candidate.is_file() and candidate not in found:
                    _imported(candidate, found)
    return found


def key_of(case: Case) -> str:
    """The name of a case's file: by what is not the default, so that a setting that comes anew makes none of them
    another case."""
    usual = msgspec.structs.asdict(TrainingSettings())
    chosen = {name: value for name, value in msgspec.structs.asdict(case.settings).items() if value != usual[name]}
    said = msgspec.json.encode([versions(), case.model, chosen], order="sorted")
    return f"{case.model}-{hashlib.sha256(said).hexdigest()[:16]}"


def reference(case: Case, folder: Path, *, renew: bool = False) -> Reference:
    """The kept reference of `case`, or a new one, which is then kept."""
    file = folder / f"{key_of(case)}.json"
    if file.is_file() and not renew:
        return msgspec.json.decode(file.read_bytes(), type=Reference)
    found = rehearsed(case)
    folder.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.json.encode(found))
    return found


def kept(case: Case, folder: Path) -> Reference | None:
    """The kept reference of `case`, if there is one."""
    file = folder / f"{key_of(case)}.json"
    return msgspec.json.decode(file.read_bytes(), type=Reference) if file.is_file() else None


def rehearsed(case: Case) -> Reference:
    """Rehearse `case` on a card, with the allocator as a training worker sets it up."""
    os.environ["PYTORCH_ALLOC_CONF"] = "expandable_segments:True" if sys.platform == "linux" else ""
    from core.engine.rehearsal.rehearse import rehearse

    common = {"model": case.model, "settings": case.settings, "code": code_digest()}
    config = dict(catalogue.spec_of(case.model).config)
    try:
        found = rehearse(config, case.settings, RehearsedCard(compute_capability=CAPABILITY))
    except TunesmithError as error:
        return Reference(**common, failed=f"{error.what} {error.why}")
    return Reference(
        **common,
        terms=found.terms,
        allocated_peak_bytes=found.allocated_peak_bytes,
        reserved_peak_bytes=found.reserved_peak_bytes,
        peak_at=found.peak_at,
        layers_built=found.layers_built,
        seconds=found.seconds,
    )
