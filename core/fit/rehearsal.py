"""Rehearsal: what a training step took when it was run without numbers, and what follows for a card."""

from __future__ import annotations

from typing import Literal

import msgspec

WorkKind = Literal["matmul", "matmul_fp32", "matmul_int8", "attention", "dequantize", "memory"]


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """One operation: floating-point (or int8) operations, and bytes read and written."""

    kind: WorkKind
    flops: int
    moved_bytes: int


class RehearsedCard(msgspec.Struct, frozen=True, kw_only=True):
    """What of a card decides which memory its kernels take."""

    compute_capability: tuple[int, int] | None = None


class WorkCount(msgspec.Struct, frozen=True, kw_only=True):
    """Equal operations: how many of them one optimiser step does in each micro-batch, and how many besides."""

    work: Work
    in_batch: float
    in_step: float


class Rehearsal(msgspec.Struct, frozen=True, kw_only=True):
    """One rehearsed training step.

    Attributes:
        terms: bytes at the moment when most is allocated, by the names of `core.fit.values.TermName`, without allocator
            and context; they add up to `allocated_peak_bytes`.
        reserved_peak_bytes: what the caching allocator holds at most; 0 for a processor.
        peak_at: the operation at which the peak stands, and the phase of the step.
        work: what one micro-batch and one optimiser step do.
        tokens: of one micro-batch, padding included.
        layers_built: how many of the layers were really built; the others are equal to some of them.
        seconds: what the rehearsal took.
        versions: of the libraries whose code was run.
    """

    terms: dict[str, int]
    allocated_peak_bytes: int
    reserved_peak_bytes: int
    peak_at: str
    work: list[WorkCount]
    tokens: int
    layers: int
    layers_built: int
    seconds: float
    versions: dict[str, str]
