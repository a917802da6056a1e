"""What the model said while it trained, in the order of the steps; thinned where a run asks very often."""

from __future__ import annotations

from core.events import Sample

MOST_STEPS = 128  # that are kept: more than a person looks through


def with_sample(samples: tuple[Sample, ...], new: Sample) -> tuple[Sample, ...]:
    """`samples` and `new`, in the place of what was said to this prompt at this step or after it."""
    kept = [old for old in samples if old.step < new.step or (old.step == new.step and old.prompt != new.prompt)]
    kept.append(new)
    steps = steps_of(tuple(kept))
    if len(steps) > MOST_STEPS:
        wanted = {*steps[::2], steps[-1]}
        kept = [one for one in kept if one.step in wanted]
    return tuple(kept)


def up_to(samples: tuple[Sample, ...], step: int) -> tuple[Sample, ...]:
    """Those that were said by `step`."""
    return tuple(one for one in samples if one.step <= step)


def steps_of(samples: tuple[Sample, ...]) -> list[int]:
    """The steps after which something was said, ascending."""
    return list(dict.fromkeys(one.step for one in samples))


def said_at(samples: tuple[Sample, ...], step: int) -> dict[str, str]:
    """What was said to each prompt after `step`."""
    return {one.prompt: one.text for one in samples if one.step == step}
