"""How sure the memory figure is, in words: by formulas, or by a rehearsal of the real training step."""

from __future__ import annotations

from core.fit.rehearsal import Rehearsal
from core.fit.values import MemoryEstimate, Verdict
from desktop.rehearsing import Rehearsing

GIB = 2**30

INSTANT_TIP = (
    "Worked out by formulas, one a term, while you move the controls. A rehearsal then runs Tunesmith's real training "
    "step without weights, without the card and without a download, and sees every tensor born and die."
)


def depth_words(rehearsing: Rehearsing, estimate: MemoryEstimate, instant: MemoryEstimate | None) -> str:
    """The line under the fit bar."""
    if instant is not None and estimate.depth == "measured":
        return f"Measured by real steps here: {exact_bytes(estimate.total_bytes)}, {beside(estimate, instant)}"
    if instant is not None and rehearsing.phase == "done":
        return f"Rehearsed on the real training step: {exact_bytes(estimate.total_bytes)}, {beside(estimate, instant)}"
    return {
        "running": "Instant estimate · rehearsing the real training step…",
        "failed": f"Instant estimate · not rehearsed: {lower_first(rehearsing.reason)}",
        "later": "Instant estimate · it is rehearsed once the run at work has ended",
    }.get(rehearsing.phase, "Instant estimate")


def depth_tip(rehearsing: Rehearsing) -> str:
    """What that means."""
    return INSTANT_TIP if rehearsing.result is None else rehearsal_tip(rehearsing.result)


def rehearsal_tip(found: Rehearsal) -> str:
    """What a rehearsal did, and where the peak stands."""
    built = f"all {found.layers}" if found.layers_built >= found.layers else f"{found.layers_built} of {found.layers}"
    libraries = ", ".join(
        f"{name} {found.versions[name]}" for name in ("torch", "transformers") if name in found.versions
    )
    return (
        f"The training step was run without numbers in {found.seconds:.1f} s, with {built} layers built (equal layers "
        f"take equal memory), and its memory replayed through a model of the card's allocator. The most is held at "
        f"{found.peak_at}. {libraries}"
    )


def beside(estimate: MemoryEstimate, instant: MemoryEstimate) -> str:
    """“0.9 % less than the instant estimate”."""
    share = estimate.total_bytes / max(1, instant.total_bytes) - 1
    if abs(share) < 0.0005:
        return "the same as the instant estimate"
    return f"{100 * abs(share):.1f} % {'less' if share < 0 else 'more'} than the instant estimate"


def safe_words(memory: MemoryEstimate, verdict: Verdict) -> str:
    """Why a plan counts as safe; nothing while it does not."""
    if memory.depth == "instant" or verdict == "does_not_fit":
        return ""
    return "Safe: measured here." if memory.depth == "measured" else "Safe: rehearsed on the real training step."


def exact_bytes(size_bytes: int) -> str:
    """“7.42 GiB”: a digit more than elsewhere, because two figures are told apart; MiB below one GiB."""
    return f"{size_bytes / GIB:,.2f} GiB" if size_bytes >= GIB else f"{size_bytes / 2**20:,.0f} MiB"


def lower_first(words: str) -> str:
    """`words` in the middle of a sentence, without their full stop; names and abbreviations keep their capitals."""
    return words[:1].lower() + words[1:].rstrip(".") if words[1:2].islower() else words.rstrip(".")
